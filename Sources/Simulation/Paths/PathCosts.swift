// Theory of operation
//
// The model counts what happens; what a thing costs on a real machine it cannot know. The table below
// says so many cycles of the CPU that does the work, and every entry can be changed. A hypercall runs
// on the CPU that makes it, so its cycles are the calling domain's.
//
// No public document gives these figures for sun4v. The defaults are our estimates for a strand of an
// UltraSPARC T1 or T2: one instruction per cycle at best, some 25 cycles to the second-level cache and
// some 110 to memory. They are rounded, and the comparison does not hang on them: which domain does
// what, how often, is counted and not estimated.

import Hypervisor

/// A kind of work that costs cycles.
public enum PathCost: String, Hashable, Sendable, CaseIterable {
  /// Every hypercall: trap, dispatch, return.
  case hypercall
  /// `pci_iommu_map`, without its entries.
  case pciIOMMUMap = "pci_iommu_map"
  /// One entry of `pci_iommu_map`.
  case pciIOMMUMapEntry = "pci_iommu_map_entry"
  /// `pci_iommu_demap`, without its entries.
  case pciIOMMUDemap = "pci_iommu_demap"
  /// One entry of `pci_iommu_demap`.
  case pciIOMMUDemapEntry = "pci_iommu_demap_entry"
  /// `ldc_copy`, without its bytes.
  case ldcCopy = "ldc_copy"
  /// One byte of `ldc_copy`.
  case copyByte = "copy_byte"
  /// `ldc_mapin`.
  case ldcMapin = "ldc_mapin"
  /// `ldc_unmap`.
  case ldcUnmap = "ldc_unmap"
  /// `ldc_tx_set_qtail`, without its packets.
  case ldcTxSetQTail = "ldc_tx_set_qtail"
  /// `ldc_rx_set_qhead`.
  case ldcRxSetQHead = "ldc_rx_set_qhead"
  /// `dvma_grant` or `dvma_revoke`.
  case grant
  /// Any other hypercall, beside the trap.
  case otherCall = "other_call"
  /// Making and sending a packet.
  case packetSent = "packet_sent"
  /// Taking and reading a packet.
  case packetReceived = "packet_received"
  /// An interrupt of a channel or of a device.
  case interrupt
  /// The control domain turning to a guest, and back.
  case contextSwitch = "context_switch"
  /// Writing an entry of a map table.
  case exportPage = "export_page"
  /// Starting a device and taking its result.
  case deviceOperation = "device_operation"

  /// Cycles by default.
  public var cycles: Double {
    switch self {
    case .hypercall: 60
    case .pciIOMMUMap: 150
    case .pciIOMMUMapEntry: 60
    case .pciIOMMUDemap: 150
    case .pciIOMMUDemapEntry: 50
    case .ldcCopy: 250
    case .copyByte: 1
    case .ldcMapin: 350
    case .ldcUnmap: 250
    case .ldcTxSetQTail: 400
    case .ldcRxSetQHead: 80
    case .grant: 400
    case .otherCall: 100
    case .packetSent: 300
    case .packetReceived: 300
    case .interrupt: 1500
    case .contextSwitch: 4000
    case .exportPage: 40
    case .deviceOperation: 800
    }
  }

  /// What it is charged for.
  public var unit: String {
    switch self {
    case .hypercall: "hypercall"
    case .pciIOMMUMap, .pciIOMMUDemap, .ldcCopy, .ldcMapin, .ldcUnmap, .ldcTxSetQTail,
      .ldcRxSetQHead, .grant, .otherCall:
      "call"
    case .pciIOMMUMapEntry, .pciIOMMUDemapEntry, .exportPage: "entry"
    case .copyByte: "byte"
    case .packetSent, .packetReceived: "packet"
    case .interrupt: "interrupt"
    case .contextSwitch: "channel interrupt at the control domain"
    case .deviceOperation: "operation"
    }
  }

  /// Where the default comes from.
  public var source: String {
    switch self {
    case .hypercall: "our assumption: some 40 instructions, and the refill of an L1 line"
    case .pciIOMMUMap, .pciIOMMUDemap:
      "our assumption: the checks of the released code (vpci_fire.s), some 100 instructions"
    case .pciIOMMUMapEntry:
      "our assumption: a load, the look-up of the real address, a store that misses the L1 cache"
    case .pciIOMMUDemapEntry: "our assumption: a store, and a store to the bridge's flush register"
    case .ldcCopy: "our assumption: channel, table entry and two address look-ups (ldc.s)"
    case .copyByte:
      "our assumption: 64 bytes in 64 cycles, between a cache hit and a miss (1.2 GB/s at 1.2 GHz)"
    case .ldcMapin: "our assumption: as ldc_copy, and the slot (ldc.s)"
    case .ldcUnmap: "our assumption: look-up and release of the slot (ldc.s)"
    case .ldcTxSetQTail:
      "our assumption: checks, 64 bytes moved, and the interrupt to the far end (ldc.s)"
    case .ldcRxSetQHead, .otherCall: "our assumption: checks and a few loads and stores"
    case .grant: "our assumption; dvma_grant and dvma_revoke exist only in this model"
    case .packetSent, .packetReceived:
      "our assumption: header, sequence check, 64 bytes between queue and driver"
    case .interrupt: "our assumption: mondo trap, dispatch, handler, return"
    case .contextSwitch: "our assumption: waking the thread that serves the channel, and its sleep"
    case .exportPage: "our assumption: one store that misses the L1 cache"
    case .deviceOperation:
      "our assumption: an access to a device register, a descriptor, a completion; equal in all ways"
    }
  }
}

/// The cycles of each kind of work, and the speed of a CPU.
public struct PathCosts: Hashable, Sendable {
  /// The name of the CPU's speed among the names of costs.
  public static let clockName = "clock_hz"
  /// The highest number that an entry may have.
  public static let limit = 1e12
  /// Cycles per second by default: T1 ran at 1.0 to 1.4 GHz, T2 at 0.9 to 1.6 GHz.
  public static let defaultClock = 1.2e9

  /// Cycles per second of every CPU.
  public private(set) var clock = PathCosts.defaultClock
  private var cycles = PathCost.allCases.map(\.cycles)

  /// The default table.
  public init() {}

  /// Every name that ``set(_:to:)`` knows.
  public static var names: [String] { PathCost.allCases.map(\.rawValue) + [clockName] }

  /// The cycles of a kind of work.
  public subscript(cost: PathCost) -> Double {
    PathCost.allCases.firstIndex(of: cost).map { cycles[$0] } ?? 0
  }

  /// Changes an entry by its name.
  ///
  /// Throws code `invalid_argument` for an unknown name, and for a number that is negative, above 10^12
  /// or none; the clock is at least 1.
  public mutating func set(_ name: String, to value: Double) throws(MachineError) {
    let least: Double = name == Self.clockName ? 1 : 0
    guard value >= least, value <= Self.limit else {
      throw MachineError(
        .invalidArgument, "costs: \(name) = \(value); wanted a number from \(Int(least)) to 1e12")
    }
    if name == Self.clockName {
      clock = value
    } else if let place = PathCost.allCases.firstIndex(where: { $0.rawValue == name }) {
      cycles[place] = value
    } else {
      throw MachineError(
        .invalidArgument,
        "costs: no kind of work is named \(name); there are \(Self.names.joined(separator: ", "))")
    }
  }

  /// The cycles of the work that a domain did.
  public func cycles(of work: PathCounts) -> Double {
    var total = Double(work.hypercalls) * self[.hypercall]
    for (number, count) in work.calls.sorted(by: { $0.key < $1.key }) {
      total += Double(count) * self[Self.cost(ofCall: number)]
    }
    total += Double(work.entriesMapped) * self[.pciIOMMUMapEntry]
    total += Double(work.entriesDemapped) * self[.pciIOMMUDemapEntry]
    total += Double(work.bytesCopied) * self[.copyByte]
    total += Double(work.packetsSent) * self[.packetSent]
    total += Double(work.packetsReceived) * self[.packetReceived]
    total += Double(work.channelInterrupts &+ work.deviceInterrupts) * self[.interrupt]
    total += Double(work.contextSwitches) * self[.contextSwitch]
    total += Double(work.pagesExported) * self[.exportPage]
    return total + Double(work.deviceOperations) * self[.deviceOperation]
  }

  /// The entry that a fast-trap call is charged by.
  private static func cost(ofCall number: UInt64) -> PathCost {
    switch number {
    case HypercallNumber.pciIOMMUMap: .pciIOMMUMap
    case HypercallNumber.pciIOMMUDemap: .pciIOMMUDemap
    case HypercallNumber.ldcCopy: .ldcCopy
    case HypercallNumber.ldcMapin: .ldcMapin
    case HypercallNumber.ldcUnmap: .ldcUnmap
    case HypercallNumber.ldcTxSetQTail: .ldcTxSetQTail
    case HypercallNumber.ldcRxSetQHead: .ldcRxSetQHead
    case HypercallNumber.dvmaGrant, HypercallNumber.dvmaRevoke: .grant
    default: .otherCall
    }
  }
}
