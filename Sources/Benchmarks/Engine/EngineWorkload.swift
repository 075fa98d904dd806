/// The workloads on a whole machine, by name; each is a group of rows that are compared.
public enum EngineWorkload: String, CaseIterable, Hashable, Sendable {
  /// A guest's driver, mapping and unmapping by hypercalls.
  case driver
  /// A device's reads and writes of memory, through the IOMMU.
  case device
  /// The same small read by more and more devices.
  case devices
  /// Buffers that are mapped and freed among more and more others.
  case mappings
  /// A guest's request for a grant, from the request to the answer.
  case negotiation
  /// Booting machines of many guests.
  case boot
  /// A guest's request for a grant, in machines of more and more guests.
  case domains
  /// Frames that a network controller and its driver move.
  case network
  /// The same work without and with a listener to events.
  case events
  /// Looking at an IOTSB of 2^22 pages.
  case inspection
  /// Writing entries in bulk.
  case entries

  /// Prepares the rows of the workload.
  ///
  /// Throws `MachineError` where a machine cannot be built, `BenchmarkError` where it does not do what
  /// is measured.
  public func makeRows() throws -> [BenchmarkRow] {
    switch self {
    case .driver: try DriverRows.make()
    case .device: try DeviceRows.make()
    case .devices: try DeviceCountRows.make()
    case .mappings: try MappingRows.make()
    case .negotiation: try NegotiationRows.make()
    case .boot: try BootRows.make()
    case .domains: try DomainRows.make()
    case .network: try NetworkRows.make()
    case .events: try EventRows.make()
    case .inspection: try InspectionRows.make()
    case .entries: try EntryRows.make()
    }
  }
}

/// Work that was to be measured went wrong; nothing is reported of it then.
public struct BenchmarkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was wrong.
  public let message: String
  /// The message.
  public var description: String { message }

  /// Makes an error.
  public init(_ message: String) { self.message = message }
}
