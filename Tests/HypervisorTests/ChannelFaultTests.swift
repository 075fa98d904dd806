import Sun4v
import Testing

@testable import Hypervisor

@Suite struct ChannelFaultTests {
  private func received(_ plan: ChannelFaultPlan?, count: UInt64 = 2000) throws -> [UInt64] {
    let fixture = try ChannelFixture()
    fixture.configureQueues()
    fixture.hypervisor.state.channelFaults = plan
    var words: [UInt64] = []
    for packet in 1...count {
      #expect(fixture.send(packet) == .ok)
      words += fixture.receiveAll()
      fixture.hypervisor.state.now = fixture.hypervisor.state.now.advanced(byNanoseconds: 1000)
    }
    // Whatever is held back arrives once its time has come.
    while let release = fixture.hypervisor.state.nextHeldPacketRelease {
      fixture.hypervisor.state.now = release
      words += fixture.receiveAll()
    }
    return words
  }

  @Test func withoutAPlanNothingHappens() throws {
    #expect(try received(nil) == Array(1...2000))
    #expect(try received(ChannelFaultPlan(seed: 1)) == Array(1...2000))
  }

  @Test func droppedPacketsAreMissingAndNothingElse() throws {
    let words = try received(ChannelFaultPlan(drop: 0.3, seed: 1))
    #expect(words == words.sorted() && Set(words).count == words.count)
    #expect((1200...1600).contains(words.count))
  }

  @Test func duplicatedPacketsComeTwice() throws {
    let words = try received(ChannelFaultPlan(duplicate: 0.5, seed: 2))
    #expect(words == words.sorted() && Set(words) == Set(1...2000))
    #expect((2800...3200).contains(words.count))
  }

  @Test func delayedAndReorderedPacketsAllArriveOnce() throws {
    for plan in [
      ChannelFaultPlan(delay: 0.3, longestDelay: 50_000, seed: 3),
      ChannelFaultPlan(reorder: 0.3, longestDelay: 5_000, seed: 4),
    ] {
      let words = try received(plan)
      #expect(words != Array(1...2000))
      #expect(words.sorted() == Array(1...2000))
    }
  }

  @Test func reorderingSwapsNeighboursOfOneBatch() throws {
    let fixture = try ChannelFixture()
    fixture.configureQueues()
    fixture.hypervisor.state.channelFaults = ChannelFaultPlan(reorder: 1, seed: 5)
    for packet in 1...6 as ClosedRange<UInt64> { #expect(fixture.send(packet) == .ok) }
    #expect(fixture.receiveAll() == [2, 1, 4, 3, 6, 5])
  }

  @Test func corruptionChangesOneBit() throws {
    let fixture = try ChannelFixture()
    fixture.configureQueues()
    fixture.hypervisor.state.channelFaults = ChannelFaultPlan(corrupt: 1, seed: 6)
    #expect(fixture.send(0) == .ok)
    _ = fixture.receiveAll()
    let bytes = try #require(
      fixture.right.read(RealAddress(ChannelFixture.queueBase), count: 64))
    #expect(bytes.reduce(0) { $0 + $1.nonzeroBitCount } == 1)
  }

  @Test func sameSeedSameFaults() throws {
    let plan = ChannelFaultPlan(
      drop: 0.1, duplicate: 0.1, reorder: 0.1, delay: 0.1, corrupt: 0.1, seed: 7)
    #expect(try received(plan) == received(plan))
    var other = plan
    other.generator = SeededGenerator(seed: 8)
    #expect(try received(plan) != received(other))
  }

  @Test func aHeldPacketIsAnnouncedWhenItsTimeComes() throws {
    let fixture = try ChannelFixture()
    fixture.configureQueues()
    fixture.armRight()
    fixture.hypervisor.state.channelFaults = ChannelFaultPlan(delay: 1, longestDelay: 100, seed: 9)
    #expect(fixture.send(5) == .ok)
    #expect(fixture.right.takeMondo() != nil)
    #expect(fixture.receiveAll() == [])
    _ = fixture.call(fixture.right, "vintr_setstate", 0x200, 1, 0)
    #expect(fixture.right.takeMondo() == nil)
    let release = try #require(fixture.hypervisor.state.nextHeldPacketRelease)
    fixture.hypervisor.state.now = release
    fixture.hypervisor.state.announceHeldPackets()
    #expect(fixture.right.takeMondo() != nil)
    #expect(fixture.receiveAll() == [5])
  }
}
