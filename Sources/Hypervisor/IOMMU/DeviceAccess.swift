// Theory of operation
//
// What a device does: it puts a bus address on its link, and the root complex translates, checks and
// moves the bytes. A transfer goes page by page and ends at the first page that is refused; the bytes
// before it were moved.
//
// This is also where translations come to be remembered, and where errors are recorded and reported.

import Sun4v

/// Bytes of memory that lie together.
public struct PhysicalRun: Hashable, Sendable {
  /// The first byte.
  public let address: PhysicalAddress
  /// The number of bytes.
  public let count: UInt64

  @inlinable init(address: PhysicalAddress, count: UInt64) {
    self.address = address
    self.count = count
  }
}

extension HypervisorState {
  /// Translates an address for a device's access, with all that entails.
  ///
  /// The translation is remembered, or the error recorded and reported. The run ends with the page, or after `count` bytes.
  ///
  /// Returns `nil` where the root complex does not exist.
  @inlinable
  public mutating func access(
    _ rootComplex: RootComplexID, requester: BusDeviceFunction, _ address: DVMAAddress,
    _ kind: AccessKind, count: UInt64 = 1
  ) -> Result<PhysicalRun, IOMMUFault>? {
    guard let found = findOrdinary(rootComplex.rawValue, requester, address.rawValue, kind) else {
      return rootComplexes.indices.contains(rootComplex.rawValue)
        ? accessAtLength(rootComplex, requester, address, kind, count) : nil
    }
    return .success(
      PhysicalRun(address: PhysicalAddress(found.physical), count: min(count, found.count)))
  }

  /// The ordinary path of one access; no answer where the root complex does not exist.
  @usableFromInline
  mutating func findOrdinary(
    _ place: Int, _ requester: BusDeviceFunction, _ address: UInt64, _ kind: AccessKind
  ) -> PageRest? {
    guard UInt(bitPattern: place) < UInt(bitPattern: rootComplexes.count) else { return nil }
    return rootComplexes[place].ordinaryPath().find(requester, address, kind)
  }

  /// An access that the ordinary path has no answer for, through a root complex that exists.
  @usableFromInline @inline(never)
  mutating func accessAtLength(
    _ rootComplex: RootComplexID, _ requester: BusDeviceFunction, _ address: DVMAAddress,
    _ kind: AccessKind, _ count: UInt64
  ) -> Result<PhysicalRun, IOMMUFault> {
    let place = rootComplex.rawValue
    let walk = checkedBypass(
      rootComplexes[place].walk(requester, address.rawValue, kind), address.rawValue)
    guard walk.faultBits == 0 else {
      return .failure(raise(place, walk, requester, address.rawValue, kind))
    }
    return .success(
      PhysicalRun(
        address: PhysicalAddress(walk.physical), count: min(count, walk.bytesLeft)))
  }

  /// What an access would give, changing nothing: for inspection.
  ///
  /// A remembered translation counts, as
  /// it would for the device, unless `asInTable` asks for the table's own answer.
  ///
  /// Returns `nil` where the root complex does not exist.
  public func translation(
    _ rootComplex: RootComplexID, requester: BusDeviceFunction, _ address: DVMAAddress,
    _ kind: AccessKind, asInTable: Bool = false
  ) -> Result<PhysicalRun, IOMMUFault>? {
    let place = rootComplex.rawValue
    guard rootComplexes.indices.contains(place) else { return nil }
    let walk = checkedBypass(
      rootComplexes[place].walk(
        requester, address.rawValue, kind, remembering: !asInTable), address.rawValue)
    guard walk.faultBits == 0 else {
      let found =
        IOMMUFaultKind.allCases.first { $0.statusBit & walk.faultBits != 0 } ?? .invalidEntry
      return .failure(
        IOMMUFault(
          kind: found, rootComplex: rootComplex, address: address, requester: requester,
          access: kind, isPrimary: rootComplexes[place].faults.status == 0,
          receiver: walk.holder ?? rootComplexes[place].owner))
    }
    return .success(
      PhysicalRun(address: PhysicalAddress(walk.physical), count: walk.bytesLeft))
  }

  @inline(__always)
  private mutating func translate(
    _ place: Int, _ requester: BusDeviceFunction, _ address: UInt64, _ kind: AccessKind
  ) -> IOMMUWalk {
    if let found = rootComplexes[place].ordinaryPath().find(requester, address, kind) {
      return IOMMUWalk(faultBits: 0, physical: found.physical, bytesLeft: found.count)
    }
    return checkedBypass(rootComplexes[place].walk(requester, address, kind), address)
  }

  /// A bypass address that leads to no domain's memory is out of range.
  private func checkedBypass(_ walk: IOMMUWalk, _ address: UInt64) -> IOMMUWalk {
    guard walk.faultBits == 0, address >> 50 == 0x3fff else { return walk }
    let physical = PhysicalAddress(walk.physical)
    let exists = domains.contains { domain in
      domain.memoryMap.segments.contains {
        $0.kind == .memory && physical.rawValue &- ($0.base.rawValue &+ $0.offset) < $0.size
      }
    }
    return exists ? walk : .fault(.bypassOutOfRange)
  }

  /// A function reads memory into a buffer.
  ///
  /// Nothing is moved where the root complex does not exist.
  public mutating func deviceRead(
    _ rootComplex: RootComplexID, requester: BusDeviceFunction, _ address: DVMAAddress,
    into buffer: UnsafeMutableRawBufferPointer
  ) -> DeviceTransfer {
    let place = rootComplex.rawValue
    guard rootComplexes.indices.contains(place) else {
      return DeviceTransfer(bytes: 0, fault: nil)
    }
    return transfer(place, requester, address, count: buffer.count, .read) { memory, from, part in
      memory.read(from, into: UnsafeMutableRawBufferPointer(rebasing: buffer[part]))
    }
  }

  /// A function writes a buffer to memory; four bytes at an MSI address are an interrupt instead.
  ///
  /// Nothing is moved where the root complex does not exist.
  public mutating func deviceWrite(
    _ rootComplex: RootComplexID, requester: BusDeviceFunction, _ address: DVMAAddress,
    from buffer: UnsafeRawBufferPointer
  ) -> DeviceTransfer {
    let place = rootComplex.rawValue
    guard rootComplexes.indices.contains(place) else {
      return DeviceTransfer(bytes: 0, fault: nil)
    }
    if buffer.count == 4, isMessage(rootComplex, address, buffer, requester) {
      return finish(place, requester, address, .write, buffer.count, nil)
    }
    return transfer(place, requester, address, count: buffer.count, .write) { memory, to, part in
      memory.write(to, from: UnsafeRawBufferPointer(rebasing: buffer[part]))
    }
  }

  /// Translates page by page, and moves pages that follow each other in memory at once; what comes
  /// before a page that is refused has been moved when the fault is raised.
  @inline(__always)
  private mutating func transfer(
    _ place: Int, _ requester: BusDeviceFunction, _ address: DVMAAddress, count: Int,
    _ kind: AccessKind,
    _ move: (inout PhysicalMemory, PhysicalAddress, _ part: Range<Int>) -> Bool
  ) -> DeviceTransfer {
    var moved = 0
    var translated = 0
    var run = PhysicalAddress(0)
    while translated < count {
      let at = address.rawValue &+ UInt64(translated)
      let walk = translate(place, requester, at, kind)
      let goesOn = walk.physical == run.rawValue &+ UInt64(translated &- moved)
      if walk.faultBits != 0 || !goesOn || moved == translated {
        guard moved == translated || move(&memory, run, moved..<translated) else {
          return finish(place, requester, address, kind, moved, nil)
        }
        moved = translated
        guard walk.faultBits == 0 else {
          return finish(
            place, requester, address, kind, moved, raise(place, walk, requester, at, kind))
        }
        run = PhysicalAddress(walk.physical)
      }
      translated &+= min(count &- translated, Int(truncatingIfNeeded: walk.bytesLeft))
    }
    if moved < translated, move(&memory, run, moved..<translated) { moved = translated }
    return finish(place, requester, address, kind, moved, nil)
  }

  @inline(__always)
  private func finish(
    _ place: Int, _ requester: BusDeviceFunction, _ address: DVMAAddress, _ kind: AccessKind,
    _ bytes: Int, _ fault: IOMMUFault?
  ) -> DeviceTransfer {
    if events.isListening {
      events.stream.append(
        .deviceAccess(
          rootComplex: RootComplexID(place), requester: requester, address: address, kind: kind,
          bytes: bytes), at: now)
    }
    return DeviceTransfer(bytes: bytes, fault: fault)
  }

  /// A function reads bytes; fewer than asked for where it was refused.
  public mutating func deviceRead(
    _ rootComplex: RootComplexID, requester: BusDeviceFunction, _ address: DVMAAddress, count: Int
  ) -> (bytes: [UInt8], fault: IOMMUFault?) {
    var bytes = [UInt8](repeating: 0, count: max(0, count))
    let transfer = bytes.withUnsafeMutableBytes {
      deviceRead(rootComplex, requester: requester, address, into: $0)
    }
    bytes.removeLast(bytes.count - transfer.bytes)
    return (bytes, transfer.fault)
  }

  /// A function writes bytes.
  public mutating func deviceWrite(
    _ rootComplex: RootComplexID, requester: BusDeviceFunction, _ address: DVMAAddress,
    _ bytes: [UInt8]
  ) -> DeviceTransfer {
    bytes.withUnsafeBytes { deviceWrite(rootComplex, requester: requester, address, from: $0) }
  }
}
