import Hypervisor
import Sun4v

/// The work that one domain did, or several together.
public struct PathCounts: Hashable, Sendable {
  /// Hypercalls of both traps.
  public internal(set) var hypercalls: UInt64 = 0
  /// Fast-trap hypercalls by number.
  public internal(set) var calls: [UInt64: UInt64] = [:]
  /// IOMMU entries written by `pci_iommu_map`.
  public internal(set) var entriesMapped: UInt64 = 0
  /// IOMMU entries cleared by `pci_iommu_demap`.
  public internal(set) var entriesDemapped: UInt64 = 0
  /// Bytes that `ldc_copy` moved.
  public internal(set) var bytesCopied: UInt64 = 0
  /// Channel packets that the domain sent.
  public internal(set) var packetsSent: UInt64 = 0
  /// Channel packets that came to the domain.
  public internal(set) var packetsReceived: UInt64 = 0
  /// Interrupts by channels.
  public internal(set) var channelInterrupts: UInt64 = 0
  /// Interrupts by devices that reported completion.
  public internal(set) var deviceInterrupts: UInt64 = 0
  /// Times that the control domain turned to a guest because of a channel's interrupt.
  public internal(set) var contextSwitches: UInt64 = 0
  /// Entries of map tables that were written.
  public internal(set) var pagesExported: UInt64 = 0
  /// Operations for which the domain drove the device.
  public internal(set) var deviceOperations: UInt64 = 0

  /// No work.
  public init() {}

  /// All interrupts.
  public var interrupts: UInt64 { channelInterrupts &+ deviceInterrupts }

  /// How often a hypercall was made, by its fast-trap number.
  public func count(of call: UInt64) -> UInt64 { calls[call] ?? 0 }

  /// The hypercalls by name, in order of number.
  public var callsByName: [(name: String, count: UInt64)] {
    calls.sorted { $0.key < $1.key }.map { number, count in
      (HypercallTable.standard.call(fastNumber: number)?.name ?? number.hexadecimal, count)
    }
  }

  /// Adds the work of another domain.
  public mutating func add(_ other: PathCounts) {
    hypercalls &+= other.hypercalls
    calls.merge(other.calls) { $0 &+ $1 }
    entriesMapped &+= other.entriesMapped
    entriesDemapped &+= other.entriesDemapped
    bytesCopied &+= other.bytesCopied
    packetsSent &+= other.packetsSent
    packetsReceived &+= other.packetsReceived
    channelInterrupts &+= other.channelInterrupts
    deviceInterrupts &+= other.deviceInterrupts
    contextSwitches &+= other.contextSwitches
    pagesExported &+= other.pagesExported
    deviceOperations &+= other.deviceOperations
  }

  mutating func note(call number: UInt64, _ result: HypercallResult) {
    calls[number, default: 0] &+= 1
    guard result.status == .ok else { return }
    switch number {
    case HypercallNumber.pciIOMMUMap: entriesMapped &+= result.ret1
    case HypercallNumber.pciIOMMUDemap: entriesDemapped &+= result.ret1
    case HypercallNumber.ldcCopy: bytesCopied &+= result.ret1
    default: break
    }
  }
}

/// Counts the work of each domain from the machine's one stream of events.
struct PathMeter: Hashable {
  /// The work by domain number.
  private(set) var work: [PathCounts]

  init(domains: Int) { work = Array(repeating: PathCounts(), count: domains) }

  subscript(domain: DomainID) -> PathCounts {
    get { work.indices.contains(domain.rawValue) ? work[domain.rawValue] : PathCounts() }
    set { if work.indices.contains(domain.rawValue) { work[domain.rawValue] = newValue } }
  }

  /// Takes the events that have happened since the last time.
  mutating func collect(_ events: EventStream) {
    for timed in events.drain() {
      switch timed.event {
      case .hypercall(let domain, let trap, let number, _, let result):
        self[domain].hypercalls &+= 1
        if trap == .fast { self[domain].note(call: number, result) }
      case .packet(let from, _, let to, _, _, let fate):
        self[from].packetsSent &+= 1
        if fate != .dropped { self[to].packetsReceived &+= 1 }
      case .mondo(let domain, _, _, let isWaiting) where !isWaiting:
        self[domain].channelInterrupts &+= 1
        if domain == Machine.control { self[domain].contextSwitches &+= 1 }
      default: break
      }
    }
  }

  /// Forgets everything, for the next phase.
  mutating func reset() { self = PathMeter(domains: work.count) }

  /// The work of all guests together.
  var guests: PathCounts {
    work.dropFirst().reduce(into: PathCounts()) { $0.add($1) }
  }
}
