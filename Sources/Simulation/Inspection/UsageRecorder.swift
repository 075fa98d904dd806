// Theory of operation
//
// How a window is used changes with every grant and every entry; a curve needs some hundred points of it.
// So the recorder looks at moments of the virtual clock that are equally far apart. A machine's state
// changes only at the moments where something is due, and holds until the next: it is enough to look just
// before the clock goes forward, and one look tells of every moment up to there.
//
// A recording may go on for ever. When it has become too long, the distance between moments is doubled and
// of each new interval the last sample is kept; so a recording has between half and all of its limit,
// whatever it covers, and the same run gives the same samples.

import Hypervisor
import Negotiation
import Sun4v

/// How one window is used at one moment, in pages.
public struct UsageSample: Hashable, Sendable {
  /// What one guest holds.
  public struct Holding: Hashable, Sendable {
    /// The guest.
    public let domain: DomainID
    /// The pages of its grants, guards included.
    public let pages: UInt64
  }

  /// The moment.
  public internal(set) var time: VirtualTime
  /// The pages of the reserved range.
  public let reserved: UInt64
  /// Pages granted.
  public let granted: UInt64
  /// Valid entries, of everybody.
  public let mapped: UInt64
  /// Pages of guards.
  public let guards: UInt64
  /// Pages released and not to be granted again yet.
  public let quarantined: UInt64
  /// The part of the free pages outside the longest free run, 0 to 1.
  public let fragmentation: Double
  /// What each guest holds, in order of number.
  public let holdings: [Holding]

  /// Whether another sample says the same of another moment.
  func isSame(as other: UsageSample) -> Bool {
    var moved = other
    moved.time = time
    return moved == self
  }
}

/// Samples of how a machine's windows are used, at moments of its clock.
public final class UsageRecorder {
  /// The distance between the moments, in nanoseconds.
  public private(set) var interval: UInt64
  /// The most samples that are kept of a window.
  public let limit: Int
  private let machine: Machine
  private var kept: [[UsageSample]] = []
  private var nextMoment: UInt64
  private var lastSeen: VirtualTime
  /// Whether it still looks.
  public private(set) var isRunning = true

  /// Records a machine from now on.
  ///
  /// - Parameters:
  ///   - machine: The machine.
  ///   - interval: The distance between the moments, in nanoseconds; at least 1.
  ///   - limit: The most samples of a window, at least 16.
  public init(_ machine: Machine, interval: UInt64, limit: Int) {
    self.machine = machine
    self.interval = max(1, interval)
    self.limit = max(16, limit)
    nextMoment = machine.now.rawValue
    lastSeen = machine.now
  }

  /// Looks no more; what was recorded is kept.
  public func stop() {
    sampleNow()
    isRunning = false
  }

  /// The samples of a window in order of time, the last of them of now unless it was stopped.
  public func samples(of rootComplex: RootComplexID) -> [UsageSample] {
    if isRunning { forgetTheFuture() }
    var samples = kept.indices.contains(rootComplex.rawValue) ? kept[rootComplex.rawValue] : []
    if isRunning, let present = machine.usage(of: rootComplex) {
      if samples.last?.time == present.time { samples.removeLast() }
      samples.append(present)
    }
    return samples
  }

  /// Takes a sample at this moment, whatever the distance to the last.
  public func sampleNow() {
    guard isRunning else { return }
    forgetTheFuture()
    look(at: machine.now)
  }

  /// What the machine calls before its clock goes forward.
  func clockWillAdvance(to time: VirtualTime) {
    guard isRunning else { return }
    let now = machine.now.rawValue
    forgetTheFuture()
    // The first moment from now on; the state of now holds until `time`.
    if nextMoment < now {
      nextMoment &+= ((now &- nextMoment &+ interval &- 1) / interval) &* interval
    }
    guard nextMoment < time.rawValue else { return }
    look(at: VirtualTime(rawValue: nextMoment))
    let (following, overflow) = nextMoment.addingReportingOverflow(interval)
    nextMoment = overflow ? .max : following
  }

  private func look(at moment: VirtualTime) {
    for rootComplex in machine.hypervisor.state.rootComplexes {
      guard var sample = machine.usage(of: rootComplex.id) else { continue }
      sample.time = moment
      let place = rootComplex.id.rawValue
      while kept.count <= place { kept.append([]) }
      if let last = kept[place].last {
        if last.isSame(as: sample) { continue }
        if last.time == sample.time { kept[place].removeLast() }
      }
      kept[place].append(sample)
      if kept[place].count > limit { thin() }
    }
  }

  /// Doubles the distance until every window has few samples again.
  private func thin() {
    while kept.contains(where: { $0.count > limit / 2 }), interval < .max / 4 {
      interval &*= 2
      for place in kept.indices {
        let samples = kept[place]
        kept[place] = samples.enumerated().filter { index, sample in
          index == 0 || index + 1 == samples.count
            || samples[index + 1].time.rawValue / interval != sample.time.rawValue / interval
        }.map(\.element)
      }
    }
  }

  /// Drops what was recorded after now, which a snapshot that was put back has undone.
  private func forgetTheFuture() {
    let now = machine.now
    defer { lastSeen = now }
    guard now < lastSeen else { return }
    for place in kept.indices {
      while let last = kept[place].last, last.time > now { kept[place].removeLast() }
    }
    nextMoment = now.rawValue
  }
}

extension Machine {
  /// Calls recorders before the clock goes forward.
  public func watchClock(_ recorders: @escaping () -> [UsageRecorder]) {
    clockWatcher = { time in
      for recorder in recorders() { recorder.clockWillAdvance(to: time) }
    }
  }

  /// How a window is used now; `nil` where there is no such root complex.
  ///
  /// Without the control domain nobody keeps the books: then only grants and entries count.
  public func usage(of id: RootComplexID) -> UsageSample? {
    guard let rootComplex = hypervisor.state.rootComplex(id) else { return nil }
    let reserved = (try? reservedRange(of: id))?.size ?? 0
    let books = books(of: rootComplex)
    let statistics = books?.allocator.statistics()
    let guests = domains.filter { $0 != rootComplex.owner }
    return UsageSample(
      time: now, reserved: reserved >> rootComplex.window.pageSize.shift,
      granted: rootComplex.grants.pages, mapped: UInt64(rootComplex.table.validCount),
      guards: UInt64(statistics?.guardPages ?? 0),
      quarantined: UInt64(statistics?.quarantinedPages ?? 0),
      fragmentation: statistics?.fragmentation ?? 0,
      holdings: guests.map { guest in
        UsageSample.Holding(
          domain: guest, pages: UInt64(books?.ledger.account(of: guest)?.held ?? 0))
      })
  }
}
