// Theory of operation
//
// What a domain finds at a BDF. The root complex's owner finds the real functions; as specified, one
// that it loaned out shows a stand-in identity, and the real one only to the calls for it. A domain
// that borrowed functions finds those, and in place of the bridges above them emulated ones: bus
// numbers and windows as the owner set them, everything read-only, writes dropped. Everything else
// is an empty slot, and an access to it fails as on a real bus.
//
// Source: FWARC 2009/535, 2009/536, 2009/537; OpenSPARC hypervisor 1.5.6 for owners.

import Sun4v

/// What a domain finds at a BDF.
enum FunctionView {
  /// A function as it is, at a place in the list.
  case real(Int)
  /// A function that was loaned to another domain.
  case loaned(Int)
  /// The bridge above a function that the domain borrowed.
  case bridge(Int)
  /// Nothing.
  case empty
}

extension RootComplex {
  /// What a domain finds at a BDF.
  func view(of address: BusDeviceFunction, for domain: DomainID, showsLoans: Bool) -> FunctionView {
    guard let place = functions.firstIndex(where: { $0.address == address }) else { return .empty }
    let assignee = functions[place].assignee
    if owner == domain {
      return assignee != nil && assignee != domain && showsLoans ? .loaned(place) : .real(place)
    }
    if assignee == domain { return .real(place) }
    guard let below = functions[place].configuration.bridgedBuses,
      functions.contains(where: { $0.assignee == domain && below.contains($0.address.bus) })
    else { return .empty }
    return .bridge(place)
  }

  /// Reads a register of what a domain finds; `nil` where nothing is there.
  func readConfiguration(_ view: FunctionView, _ register: Int, size: Int) -> UInt64? {
    switch view {
    case .real(let place): functions[place].configuration.read(register, size: size)
    case .loaned(let place):
      functions[place].configuration.withIdentity(.loaned).read(register, size: size)
    case .bridge(let place):
      functions[place].configuration.asEmulatedBridge.read(register, size: size)
    case .empty: nil
    }
  }

  /// Writes a register of what a domain finds; false where nothing is there.
  mutating func writeConfiguration(
    _ view: FunctionView, _ register: Int, size: Int, _ value: UInt64
  ) -> Bool {
    switch view {
    case .real(let place), .loaned(let place):
      functions[place].configuration.write(register, size: size, value)
      return true
    case .bridge: return true
    case .empty: return false
    }
  }
}

extension ConfigurationSpace {
  /// The space with another identity; everything else is real.
  func withIdentity(_ identity: FunctionIdentity) -> ConfigurationSpace {
    guard bytes.count >= 64 else { return self }
    let header = ConfigurationSpace(identity, registers: [])
    var shown = self
    for register in [0x00..<0x04, 0x08..<0x0c] { shown.replace(register, from: header) }
    if !isBridge { shown.replace(0x2c..<0x30, from: header) }
    return shown
  }

  /// The space of the emulated bridge that stands for this one: identity, command 0x7, status 0x10,
  /// power management at 0x40 and PCIe at 0x50, bus numbers and windows inherited.
  var asEmulatedBridge: ConfigurationSpace {
    guard bytes.count >= 64 else { return self }
    var shown = ConfigurationSpace(
      bridge: .emulatedBridge, primary: bytes[0x18], secondary: bytes[0x19],
      subordinate: bytes[0x1a])
    shown.replace(0x1c..<0x34, from: self)
    let fixed: [(Int, UInt8)] = [
      (0x04, 0x07), (0x06, 0x10), (0x34, 0x40),
      (0x40, 0x01), (0x41, 0x50), (0x42, 0x03), (0x43, 0xc8),
      (0x50, 0x10), (0x51, 0x00), (0x52, 0x42), (0x53, 0x00),
    ]
    for (register, value) in fixed { shown.bytes[register] = value }
    return shown
  }

  private mutating func replace(_ registers: Range<Int>, from other: ConfigurationSpace) {
    for register in registers
    where bytes.indices.contains(register) && other.bytes.indices.contains(register) {
      bytes[register] = other.bytes[register]
    }
  }
}
