import Hypervisor
import Negotiation
import Sun4v

/// The clockwork: what is due next, and making it happen.
extension Machine {
  /// Something that will happen by itself, in the order in which ties are broken.
  enum Due {
    case heldPackets
    case interrupts(DomainID)
    case timer(DomainID)
  }

  /// Schedules the handling of interrupts that have arrived since the last time.
  func noticeInterrupts() {
    let time = now.advanced(byNanoseconds: configuration.interruptLatency)
    for place in 0..<hypervisor.pendingMondoWords {
      let pending = hypervisor.pendingMondos(word: place)
      for domain in pending.subtracting(software.agenda.signalled[word: place])
      where software.software[domain.rawValue].kind != .off {
        software.agenda.deliver(to: domain, at: time)
      }
    }
  }

  /// The earliest thing that is due, and when; `nil` where nothing will happen by itself.
  func next() -> (time: VirtualTime, due: Due)? {
    let next = software.agenda.next
    guard let release = hypervisor.nextHeldPacketRelease,
      next.map({ release <= $0.time }) ?? true
    else { return next }
    return (release, .heldPackets)
  }

  /// Lets the earliest thing happen that is due, advancing the clock to its time.
  ///
  /// Returns false, changing nothing, where nothing is due or the next thing is due after `limit`.
  @discardableResult
  public func step(until limit: VirtualTime = VirtualTime(rawValue: .max)) throws(MachineError)
    -> Bool
  {
    try checkOpen()
    guard let next = next(), next.time <= limit else { return false }
    advanceClock(to: next.time)
    software.steps &+= 1
    switch next.due {
    case .heldPackets:
      hypervisor.state.announceHeldPackets()
      noticeInterrupts()
    case .interrupts(let domain):
      software.agenda.deliver(to: domain, at: nil)
      handleInterrupts(of: domain)
    case .timer(let domain):
      handleTimers(of: domain)
    }
    try finishStep()
    return true
  }

  /// Sets the clock forward, after whoever watches it has seen the state that lasted until then.
  func advanceClock(to time: VirtualTime) {
    guard time > now else { return }
    clockWatcher?(time)
    hypervisor.now = time
  }

  /// What every step ends with: crashes whose time has come, and under `strict` the check.
  ///
  /// Whatever raises interrupts has scheduled their handling by then.
  func finishStep() throws(MachineError) {
    if !software.crashes.isEmpty { takeCrashes() }
    if configuration.isStrict { try check() }
  }

  /// Steps until nothing is due before `limit`, or for `count` steps; returns the number of steps.
  @discardableResult
  public func run(
    until limit: VirtualTime = VirtualTime(rawValue: .max), steps count: UInt64 = .max
  ) throws(MachineError) -> UInt64 {
    var done: UInt64 = 0
    while done < count, try step(until: limit) {
      done &+= 1
      if done & 0xff == 0 { reportProgress(Progress("running", done, of: count, "steps")) }
      if isInterrupted() { throw MachineError(.interrupted, "stopped after \(done) steps") }
    }
    return done
  }

  /// Steps until a condition holds; false where nothing is due before `limit` and it still does not.
  func run(until limit: VirtualTime, while waiting: () -> Bool) throws(MachineError) -> Bool {
    var done: UInt64 = 0
    while waiting() {
      guard try step(until: limit) else { return false }
      done &+= 1
      if isInterrupted() { throw MachineError(.interrupted, "stopped after \(done) steps") }
    }
    return true
  }
}
