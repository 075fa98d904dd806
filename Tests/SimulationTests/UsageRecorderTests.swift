import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

@Suite struct UsageRecorderTests {
  private func record(
    _ setup: TwoGuests, interval: UInt64, limit: Int = 512, _ body: () throws -> Void
  ) rethrows -> UsageRecorder {
    let recorder = UsageRecorder(setup.machine, interval: interval, limit: limit)
    setup.machine.watchClock { [recorder] }
    try body()
    return recorder
  }

  @Test func followsGrantsInOrderOfTime() throws {
    let setup = try TwoGuests()
    let recorder = try record(setup, interval: 100) {
      for _ in 0..<5 { _ = try setup.negotiate(setup.first, pages: 2) }
      _ = try setup.negotiate(setup.second, pages: 7)
    }
    let samples = recorder.samples(of: setup.bus)
    #expect(zip(samples, samples.dropFirst()).allSatisfy { $0.time < $1.time })
    #expect(samples.map(\.granted).first == 0)
    #expect(samples.map(\.granted) == samples.map(\.granted).sorted())
    #expect(Set(samples.map(\.granted)).isSuperset(of: [0, 2, 4, 6, 8, 10, 17]))
    let last = try #require(samples.last)
    #expect(last.time == setup.machine.now)
    #expect(last.holdings.map(\.pages) == [10, 7])
    #expect(last.reserved == 4096)
  }

  @Test func keepsABoundedNumberWhateverItCovers() throws {
    let setup = try TwoGuests()
    let recorder = try record(setup, interval: 1, limit: 32) {
      for _ in 0..<100 { _ = try setup.negotiate(setup.first, pages: 1) }
    }
    let samples = recorder.samples(of: setup.bus)
    #expect((9...33).contains(samples.count), "\(samples.count)")
    #expect(recorder.interval > 1)
    #expect(samples.first?.granted == 0 && samples.last?.granted == 100)
  }

  @Test func recordsTheSameAgainAndChangesNothing() throws {
    func run(_ isRecorded: Bool) throws -> (MachineSnapshot, [UsageSample]) {
      let setup = try TwoGuests()
      let recorder = isRecorded ? UsageRecorder(setup.machine, interval: 50, limit: 64) : nil
      setup.machine.watchClock { [recorder].compactMap(\.self) }
      for pages in 1..<20 { _ = try setup.negotiate(setup.second, pages: UInt64(pages)) }
      return (try setup.machine.snapshot(), recorder?.samples(of: setup.bus) ?? [])
    }
    let first = try run(true)
    let second = try run(true)
    let plain = try run(false)
    #expect(first.1 == second.1 && !first.1.isEmpty)
    #expect(first.0.differences(to: plain.0).isEmpty)
  }

  @Test func forgetsWhatARestoredSnapshotHasUndone() throws {
    let setup = try TwoGuests()
    let recorder = UsageRecorder(setup.machine, interval: 10, limit: 512)
    setup.machine.watchClock { [recorder] }
    _ = try setup.negotiate(setup.first, pages: 1)
    let state = try setup.machine.snapshot()
    for _ in 0..<5 { _ = try setup.negotiate(setup.first, pages: 9) }
    try setup.machine.restore(state)
    #expect(recorder.samples(of: setup.bus).last?.granted == 1)
    _ = try setup.negotiate(setup.second, pages: 3)
    let samples = recorder.samples(of: setup.bus)
    #expect(samples.map(\.granted).max() == 4)
    #expect(zip(samples, samples.dropFirst()).allSatisfy { $0.time < $1.time })
  }

  @Test func keepsWhatItHasWhenStopped() throws {
    let setup = try TwoGuests()
    let recorder = try record(setup, interval: 10) {
      _ = try setup.negotiate(setup.first, pages: 1)
    }
    recorder.stop()
    _ = try setup.negotiate(setup.first, pages: 1)
    #expect(recorder.samples(of: setup.bus).last?.granted == 1)
  }
}
