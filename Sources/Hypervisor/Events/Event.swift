import Sun4v

/// One thing that happened in the machine.
public enum Event: Hashable, Sendable {
  /// A domain made a hypercall.
  case hypercall(
    domain: DomainID, trap: HypercallTrap, number: UInt64, arguments: HypercallArguments,
    result: HypercallResult)
  /// A packet left the transmit queue of one end of a channel for the receive queue of the other.
  case packet(
    from: DomainID, channel: ChannelID, to: DomainID, peerChannel: ChannelID, bytes: [UInt8],
    fate: PacketFate)
  /// A device mondo was written to a CPU's queue, or waits for room in it.
  case mondo(domain: DomainID, processor: UInt64, words: SIMD8<UInt64>, isWaiting: Bool)
  /// A record was written to an event queue of a root complex.
  case interruptRecord(
    domain: DomainID, rootComplex: RootComplexID, queue: UInt64, words: SIMD8<UInt64>)
  /// An IOTTE changed: of a root complex's window, or of the table that a domain supplied and that has
  /// this handle.
  case entryChanged(
    domain: DomainID, rootComplex: RootComplexID, table: UInt64 = 0, index: UInt64, old: IOTTE,
    new: IOTTE)
  /// A function was bound to a supplied table, or taken from it.
  case binding(rootComplex: RootComplexID, binding: TableBinding, isBound: Bool)
  /// A function moved bytes, or as many of them as it could.
  case deviceAccess(
    rootComplex: RootComplexID, requester: BusDeviceFunction, address: DVMAAddress,
    kind: AccessKind, bytes: Int)
  /// Software in a domain did or learned something, such as `granted`.
  case software(domain: DomainID, SoftwareEvent)
  /// A root complex refused an access.
  case fault(IOMMUFault)
  /// A range of a window was given to another domain than the root complex's owner.
  case granted(rootComplex: RootComplexID, grant: Grant)
  /// A range was taken back, after its entries.
  case revoked(rootComplex: RootComplexID, grant: Grant)
}

/// Something that software in a domain reports, which the hypervisor knows nothing of.
public struct SoftwareEvent: Hashable, Sendable {
  /// A number that goes with the event.
  public struct Field: Hashable, Sendable {
    /// The name, such as `pages`.
    public let name: String
    /// The number.
    public let value: UInt64

    /// Makes a field.
    public init(_ name: String, _ value: UInt64) {
      self.name = name
      self.value = value
    }
  }

  /// The kind, a stable word for scripts.
  public let kind: String
  /// The numbers, in a fixed order for each kind.
  public let fields: [Field]
  /// What went wrong, in a sentence, for kinds that report that.
  public let message: String?

  /// Makes an event.
  public init(_ kind: String, _ fields: [Field] = [], message: String? = nil) {
    self.kind = kind
    self.fields = fields
    self.message = message
  }
}

/// An event and the moment it happened.
public struct TimedEvent: Hashable, Sendable {
  /// The model's clock at that moment.
  public let time: VirtualTime
  /// What happened.
  public let event: Event
}
