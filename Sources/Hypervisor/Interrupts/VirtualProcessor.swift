import Sun4v

/// A virtual CPU of a domain, as far as interrupts and errors concern it.
public struct VirtualProcessor: Hashable, Sendable {
  /// The number by which the domain names it.
  public let id: UInt64
  /// Whether it took an error that it could not report, and so takes no interrupts.
  public internal(set) var isInError = false
  /// CPU mondos.
  public internal(set) var cpuQueue = MondoQueue()
  /// Device mondos.
  public internal(set) var deviceQueue = MondoQueue()
  /// Resumable errors.
  public internal(set) var resumableErrorQueue = MondoQueue()
  /// Non-resumable errors.
  public internal(set) var nonresumableErrorQueue = MondoQueue()

  /// Makes a CPU without queues.
  public init(id: UInt64) { self.id = id }

  /// The queue of a kind.
  public internal(set) subscript(kind: MondoQueueKind) -> MondoQueue {
    @inline(__always) get {
      switch kind {
      case .cpu: cpuQueue
      case .device: deviceQueue
      case .resumableError: resumableErrorQueue
      case .nonresumableError: nonresumableErrorQueue
      }
    }
    @inline(__always) _modify {
      switch kind {
      case .cpu: yield &cpuQueue
      case .device: yield &deviceQueue
      case .resumableError: yield &resumableErrorQueue
      case .nonresumableError: yield &nonresumableErrorQueue
      }
    }
  }

  /// Moves the head of a queue behind its oldest entry, which there must be, and lets in a mondo that waits
  /// for room.
  @inline(__always)
  mutating func takeOldest(of kind: MondoQueueKind, _ memory: inout PhysicalMemory) {
    guard kind == .device else {
      self[kind].dropOldest()
      return
    }
    deviceQueue.dropOldest()
    deviceQueue.admitWaiting(in: &memory)
  }
}

extension HypervisorState {
  /// Gives a domain its virtual CPUs, in place of those it had; their queues begin unconfigured.
  ///
  /// A new domain has one CPU, number 0. Numbers that repeat count once. Returns false, changing
  /// nothing, for an unknown domain or an empty list.
  @discardableResult
  public mutating func setProcessors(of domain: DomainID, ids: [UInt64]) -> Bool {
    guard domains.indices.contains(domain.rawValue), !ids.isEmpty else { return false }
    var made: [VirtualProcessor] = []
    for id in ids where !made.contains(where: { $0.id == id }) {
      made.append(VirtualProcessor(id: id))
    }
    domains[domain.rawValue].processors = made
    domains[domain.rawValue].runningProcessor = 0
    notePendingMondos(domain.rawValue)
    return true
  }
}

extension DomainRecord {
  /// The place of a virtual CPU in `processors`, or `nil` for a number that the domain lacks.
  @inline(__always) func processorIndex(_ id: UInt64) -> Int? {
    for place in processors.indices where processors[place].id == id { return place }
    return nil
  }
}
