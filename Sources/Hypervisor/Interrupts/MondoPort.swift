import Sun4v

extension DomainPort {
  /// The numbers of the domain's virtual CPUs.
  public var processors: [UInt64] {
    guard let place = hypervisor.state.place(of: domain) else { return [] }
    return hypervisor.state.domains[place].processors.map(\.id)
  }

  /// Goes on as code of another of the domain's CPUs, for the calls that concern "this CPU"; false
  /// for a number that the domain lacks.
  @discardableResult
  public func run(onProcessor id: UInt64) -> Bool {
    guard let place = hypervisor.state.place(of: domain),
      let index = hypervisor.state.domains[place].processorIndex(id)
    else { return false }
    hypervisor.state.domains[place].runningProcessor = index
    return true
  }

  /// The head and tail registers of a queue of a CPU, as byte offsets; `nil` for an unknown CPU.
  public func queueRegisters(
    _ kind: MondoQueueKind, processor: UInt64 = 0
  ) -> (head: UInt64, tail: UInt64)? {
    guard let place = hypervisor.state.place(of: domain),
      let index = hypervisor.state.domains[place].processorIndex(processor)
    else { return nil }
    let queue = hypervisor.state.domains[place].processors[index][kind]
    return (queue.head, queue.tail)
  }

  /// Sets the head register of a queue; false, changing nothing, for an unknown CPU, a queue that is
  /// not configured, and an offset that is no multiple of 64 below the queue's size.
  @discardableResult
  public func setQueueHead(
    _ kind: MondoQueueKind, processor: UInt64 = 0, to head: UInt64
  ) -> Bool {
    hypervisor.state.setQueueHead(kind, domain, processor: processor, to: head)
  }

  /// Takes the oldest entry out of a queue, as a trap handler does; `nil` where the queue is empty.
  public func takeMondo(_ kind: MondoQueueKind = .device, processor: UInt64 = 0) -> Mondo? {
    hypervisor.state.takeMondo(kind, domain, processor: processor)
  }
}
