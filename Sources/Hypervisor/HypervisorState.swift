// Theory of operation
//
// The hypervisor is one value: physical memory, the domains, the root complexes. Every hypercall is
// a function from that value, a calling domain and five registers to a new value and a result.
// Nothing else is hidden anywhere, so a snapshot is a copy, comparison is `==`, and exhaustive
// exploration can hash a state. What is large (memory, IOTSBs) is shared between copies until one of
// them writes.
//
// The hypervisor never trusts a domain: every address, index and number comes in as 64 arbitrary
// bits and is checked here, in the order of the real code, before anything changes.

import Sun4v

/// Everything the hypervisor knows.
public struct HypervisorState: Hashable {
  /// The machine model.
  public let model: MachineModel
  /// Deployed or specified behaviour where the two differ.
  public let conformance: ConformanceMode
  /// Which layout this machine's IOTTEs have: the part's own, or ours where permissions are kept as asked
  /// for.
  public let entryLayout: EntryLayout
  /// Whether the IOMMU calls are those of a build that was released, on t1 and t2 as deployed.
  let runsReleasedBuild: Bool
  /// The number of channels that a domain may have; channel interrupts are twice as many.
  public let channelLimit: Int
  /// The bytes of the machine.
  public internal(set) var memory = PhysicalMemory()
  /// The domains, by number.
  public internal(set) var domains: [DomainRecord] = []
  /// The root complexes, by number.
  public internal(set) var rootComplexes: [RootComplex] = []
  /// The API groups that domains may negotiate.
  public internal(set) var offered: OfferedVersions
  /// The domains that have a device mondo to read.
  public internal(set) var pendingMondos = DomainSet()
  /// The number of packets that faults hold back, at all ends together.
  var heldPackets = 0
  /// The number of the last error that was reported.
  public internal(set) var lastErrorHandle: UInt64 = 0
  /// Where handlers write what they change; ask `isListening` first.
  public let events: EventSink
  /// The faults to inject where packets move, or `nil`, the default, for channels that lose nothing.
  public var channelFaults: ChannelFaultPlan?
  /// The hypercalls that are to fail, or `nil`, the default, for none.
  public var callFaults: CallFaultPlan?
  /// The moment of the model's clock at which calls run; set by the simulation.
  public var now: VirtualTime = .zero

  /// The channels of a domain where nothing else is said.
  ///
  /// Source: OpenSPARC hypervisor 1.5.6, guest.h (`MAX_LDC_CHANNELS`); so has UltraSPARC T1.
  public static let standardChannelLimit = 256
  /// The most channels that any firmware gives a domain.
  ///
  /// Source: Oracle VM Server for SPARC administration guides: 256 on T1, 512 on T2, 768 on T2 Plus and
  /// T3, 1984 on T4, 4080 on later servers.
  public static let largestChannelLimit = 4080

  /// Makes the hypervisor of a machine without domains, which offers the model's API groups unless it
  /// is given others.
  ///
  /// `channelLimit` is held to 1 up to `largestChannelLimit`.
  public init(
    model: MachineModel, conformance: ConformanceMode = .deployed,
    channelLimit: Int = standardChannelLimit, offered: OfferedVersions? = nil,
    events: EventStream = EventStream()
  ) {
    self.channelLimit = min(max(1, channelLimit), Self.largestChannelLimit)
    self.model = model
    self.events = EventSink(stream: events)
    self.conformance = conformance
    entryLayout = EntryLayout(model, conformance)
    runsReleasedBuild = model != .atu && conformance == .deployed
    self.offered = offered ?? OfferedVersions.standard(model, conformance)
  }

  /// Adds a domain and returns its number.
  public mutating func addDomain(name: String, role: DomainRole) -> DomainID {
    let id = DomainID(domains.count)
    domains.append(DomainRecord(id: id, name: name, role: role))
    return id
  }

  /// Takes back the domain that was added last, which nothing refers to yet.
  package mutating func removeLastDomain() { _ = domains.popLast() }

  /// Whether a domain exists and has the call at an index of the table of calls.
  @inline(__always) func isEnabled(_ call: Int, for domain: DomainID) -> Bool {
    UInt(bitPattern: domain.rawValue) < UInt(bitPattern: domains.count)
      && domains[domain.rawValue].versions.isEnabled(call)
  }

  /// The place of a domain in `domains`, or `nil` for a number that was never given out.
  @inline(__always) func place(of domain: DomainID) -> Int? {
    domains.indices.contains(domain.rawValue) ? domain.rawValue : nil
  }

  /// The record of a domain, or `nil` for a number that was never given out.
  public func domain(_ id: DomainID) -> DomainRecord? {
    domains.indices.contains(id.rawValue) ? domains[id.rawValue] : nil
  }

  /// Whether calls answer as specified: by choice, or because no code of the model's hypervisor is
  /// public, as for `atu`.
  @inlinable @inline(__always) public var followsSpecification: Bool {
    conformance == .specified || model == .atu
  }
}
