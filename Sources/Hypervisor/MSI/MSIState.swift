// Theory of operation
//
// A device interrupts by writing to one of the root complex's MSI addresses; the data picks the MSI,
// the MSI the event queue, and the queue gets a record of 64 bytes and raises its own interrupt,
// number 24 plus the queue's. PCIe messages go the same way by their type. An MSI that is pending is
// not queued again: the domain sets it idle when it has taken the record.
//
// Head and tail are kept as record numbers and shown as byte offsets. The real hypervisor copies
// records from the hardware's ring to the domain's when the interrupt is taken; the model writes the
// domain's ring as the record comes, so a domain that looks at the tail always finds the records
// before it.
//
// Invariants: head and tail are below 128; a queue with records is configured; one record of a ring
// always stays free, and a record that finds none puts the queue into the error state.
//
// Source: OpenSPARC hypervisor 1.5.6, vpci_msi.s, vpci_piu.s, piu.h; FWARC 2005/112 and 2010/137.

import Sun4v

/// What an event queue's hardware does; the raw value is the PIU's encoding.
public enum MSIQueueState: UInt64, Hashable, Sendable {
  /// Takes no records.
  case idle = 1
  /// Takes records.
  case active = 2
  /// Overflowed; takes no records until set back to idle.
  case error = 4
}

/// One event queue.
public struct MSIQueue: Hashable, Sendable {
  /// The number of records.
  public static let recordCount: UInt64 = 128
  /// The size of a record in bytes.
  public static let recordSize: UInt64 = 64

  /// The real address of the ring, or `nil` while the queue is not configured.
  public package(set) var base: RealAddress?
  /// What the hardware does.
  public package(set) var state = MSIQueueState.idle
  /// The record that the domain reads next.
  public package(set) var head: UInt64 = 0
  /// The record that is written next.
  public package(set) var tail: UInt64 = 0
  var physical = PhysicalAddress(0)

  /// Makes a queue that is not configured.
  public init() {}

  /// Makes a queue in the middle of its life; `physical` is where `base` lies.
  package init(
    base: RealAddress?, physical: PhysicalAddress, state: MSIQueueState, head: UInt64, tail: UInt64
  ) {
    self.base = base
    self.physical = physical
    self.state = state
    self.head = head % Self.recordCount
    self.tail = tail % Self.recordCount
  }

  /// Whether no record waits.
  public var isEmpty: Bool { head == tail }
  /// Whether another record fits.
  public var hasRoom: Bool { (tail &+ 1) % Self.recordCount != head }
}

/// One message signalled interrupt, or one kind of PCIe message.
public struct MSIEntry: Hashable, Sendable {
  /// Whether the domain wants it.
  public package(set) var isValid = false
  /// Whether it is in its queue and the domain has not set it idle yet; MSIs only.
  public package(set) var isPending = false
  /// Its queue's number; the register holds 6 bits.
  public package(set) var queue: UInt64 = 0
  /// Whether it was given a queue.
  public package(set) var isBound = false

  /// Makes an entry as it is after a reset.
  public init() {}

  /// Makes an entry in the middle of its life.
  package init(isValid: Bool, isPending: Bool, queue: UInt64) {
    self.isValid = isValid
    self.isPending = isPending
    self.queue = queue & 0x3f
    isBound = true
  }
}

/// A kind of PCIe message that a domain can take as an interrupt; the raw value is the message code.
public enum PCIeMessage: UInt64, Hashable, Sendable, CaseIterable {
  /// PM_PME.
  case powerManagement = 0x18
  /// PME_TO_Ack.
  case turnOffAcknowledged = 0x1b
  /// ERR_COR.
  case correctableError = 0x30
  /// ERR_NONFATAL.
  case nonfatalError = 0x31
  /// ERR_FATAL.
  case fatalError = 0x33

  /// The place of its entry in `MSIState.messages`.
  package var index: Int {
    switch self {
    case .powerManagement: 0
    case .turnOffAcknowledged: 1
    case .correctableError: 2
    case .nonfatalError: 3
    case .fatalError: 4
    }
  }
}

/// The event queues, MSIs and messages that a domain sees of a root complex.
public struct MSIState: Hashable, Sendable {
  /// The number of event queues (MD `#msi-eqs`).
  public static let queueCount = 36
  /// The number of MSIs (MD `#msi`).
  public static let msiCount = 256
  /// The 32-bit addresses to which devices write MSIs (MD `msi-address-ranges`).
  public static let window32 = BusAddressRange(base: DVMAAddress(0x7fff_0000), size: 0x1_0000)
  /// The 64-bit addresses to which devices write MSIs (MD `msi-address-ranges`).
  public static let window64 = BusAddressRange(base: DVMAAddress(0x3_ffff_0000), size: 0x1_0000)

  /// The event queues, by number.
  public package(set) var queues = Array(repeating: MSIQueue(), count: queueCount)
  /// The MSIs, by number.
  public package(set) var entries = Array(repeating: MSIEntry(), count: msiCount)
  /// The messages, in the order of `PCIeMessage.allCases`.
  public package(set) var messages = Array(
    repeating: MSIEntry(), count: PCIeMessage.allCases.count)

  /// Makes the state after a reset: nothing configured, nothing valid.
  public init() {}
}
