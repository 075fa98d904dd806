import Hypervisor
import Sun4v

/// What the domains of a machine have before them: when the interrupts that wait for each are handled,
/// and when the timers of its software are due.
///
/// Kept up to date where either changes, so that a step asks no domain.
struct Agenda: Hashable {
  private var interrupts = DueTimes()
  private var timers = DueTimes()
  /// The domains whose interrupts are due at some time.
  private(set) var signalled = DomainSet()

  /// When the interrupts of a domain are handled.
  func delivery(to domain: DomainID) -> VirtualTime? { interrupts[domain.rawValue] }

  mutating func deliver(to domain: DomainID, at time: VirtualTime?) {
    interrupts[domain.rawValue] = time
    if time == nil { signalled.remove(domain) } else { signalled.insert(domain) }
  }

  /// When the timers of a domain's software are due.
  func timer(of domain: DomainID) -> VirtualTime? { timers[domain.rawValue] }

  mutating func setTimer(of domain: DomainID, to time: VirtualTime?) {
    timers[domain.rawValue] = time
  }

  /// Which domains have interrupts to handle, whatever the time; timers are those of the software itself.
  var withoutTimes: Agenda {
    var bare = self
    bare.interrupts.move { _ in .zero }
    bare.timers = DueTimes()
    return bare
  }

  /// What is due first; at one time interrupts before timers, and each in order of domain.
  var next: (time: VirtualTime, due: Machine.Due)? {
    let timer = timers.earliest
    if let domain = interrupts.first, let time = interrupts.earliest,
      timer.map({ time <= $0 }) ?? true
    {
      return (time, .interrupts(DomainID(domain)))
    }
    guard let domain = timers.first, let timer else { return nil }
    return (timer, .timer(DomainID(domain)))
  }
}
