import Hypervisor
import MachineDescription
import Sun4v

/// Building a machine from a machine description.
extension Machine {
  /// Makes a machine whose control domain is as a guest's machine description says: its memory, and
  /// the root complexes it owns.
  ///
  /// - Parameters:
  ///   - bytes: the binary form.
  ///   - source: where the bytes came from, for messages.
  ///   - configuration: everything that a machine description does not say.
  ///
  /// Throws code `machine_description` for bytes that are no machine description, or one that
  /// describes no usable domain.
  public convenience init(
    description bytes: [UInt8], source: String, _ configuration: MachineConfiguration
  ) throws(MachineError) {
    try self.init(Self.guest(bytes, source: source), source: source, configuration)
  }

  static func guest(
    _ bytes: [UInt8], source: String
  ) throws(MachineError) -> GuestDescription {
    let graph: MachineDescription
    do {
      graph = try MachineDescription(bytes: bytes)
    } catch {
      throw MachineError(.machineDescription, "\(source): \(error.description)", name: error.code)
    }
    do {
      return try GuestDescription(graph)
    } catch {
      throw MachineError(
        .machineDescription, "\(source): \(error.description)", name: error.code.rawValue)
    }
  }

  /// Makes a machine whose control domain is as described.
  public convenience init(
    _ guest: GuestDescription, source: String, _ configuration: MachineConfiguration
  ) throws(MachineError) {
    guard !guest.memory.isEmpty else {
      throw MachineError(.machineDescription, "\(source): no mblock node describes any memory")
    }
    try self.init(
      configuration,
      controlMemory: guest.memory.map { MemoryPlan(base: $0.base, size: $0.size) },
      platform: guest.platform)
    for rootComplex in guest.rootComplexes {
      do {
        _ = try addRootComplex(
          RootComplexConfiguration(rootComplex), describedAs: rootComplex)
      } catch {
        throw MachineError(
          .machineDescription, "\(source): \(error.message)", name: error.name)
      }
    }
  }
}

extension RootComplexConfiguration {
  /// What a machine description says of a root complex; its name is `pci@` and the handle.
  init(_ description: RootComplexDescription) {
    self.init(
      name: "\(description.name)@\(String(description.handle.rawValue, radix: 16))",
      handle: description.handle)
    windowBase = description.window.base
    windowSize = description.window.size
    // A domain has one segment for each 16 GiB of real addresses, so the bus's windows go in as one.
    ioSegments = Self.ioSegments(spanning: description.addressRanges)
    if !description.iommuAddressRanges.isEmpty {
      addressRanges = description.iommuAddressRanges.map {
        BusAddressRange(base: $0.base, size: $0.size)
      }
    }
    if let sizes = description.iommuPageSizes {
      pageSizes = (0..<8).filter { sizes >> $0 & 1 != 0 }.compactMap { PageSize(code: $0) }
    }
  }

  /// One segment from the lowest to the highest of some ranges; none of none.
  static func ioSegments(
    spanning ranges: [RootComplexDescription.Range<RealAddress>]
  ) -> [IOSegment] {
    let ends = ranges.compactMap { $0.base.advanced(by: $0.size) }
    guard let base = ranges.map(\.base).min(), let end = ends.max(), end > base else { return [] }
    return [IOSegment(base: base, size: end.rawValue &- base.rawValue)]
  }
}
