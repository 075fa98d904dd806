// Theory of operation
//
// What tells apart states of a domain's software that behave alike from now on is taken out here, for a
// search that goes on from one of them only. Moments count from now, and those that have passed are as
// good as the present one: software compares each with the clock and sets each from the clock, so it
// cannot tell when it lives. What the links leave out is theirs to say (LDCLink+Likeness.swift).
//
// An answer is kept for a request that may come again. Where nothing of a guest is on its way, only its
// open requests can; and its next message that says anything of requests brings the number of the oldest
// open one, which is as good as known already.

import Channels
import Hypervisor
import Sun4v

/// What is around a link: its own transmit queue, and where its ids count from.
public struct LinkSurroundings: Hashable, Sendable {
  /// The transmit queue as the hypervisor has it.
  public let queue: ChannelQueue
  /// Where the ids of its session count from, where both ends are in the same one.
  public let ids: LDCSessionIDs?
  /// The guest at the far end, where nothing of it is on its way.
  public let guest: GuestAgent?

  /// Describes them.
  public init(queue: ChannelQueue, ids: LDCSessionIDs?, guest: GuestAgent?) {
    self.queue = queue
    self.ids = ids
    self.guest = guest
  }
}

extension ServiceConnection {
  mutating func forgetPast(now: VirtualTime, _ around: LinkSurroundings?) {
    guard let around else { return }
    endpoint.forgetPast(now: now, queue: around.queue, ids: around.ids)
  }
}

extension ControlDomainSoftware {
  /// Lets the drivers know how much room their transmit queues have.
  public mutating func learnRoom(_ queue: (ChannelID) -> ChannelQueue?) {
    for index in connections.indices {
      if let queue = queue(connections[index].channel) {
        connections[index].endpoint.learnRoom(queue)
      }
    }
  }

  /// Takes out what does not matter from now on.
  public mutating func forgetPast(now: VirtualTime, _ around: (ChannelID) -> LinkSurroundings?) {
    for index in connections.indices {
      let channel = connections[index].channel
      let surroundings = around(channel)
      connections[index].forgetPast(now: now, surroundings)
      if let guest = surroundings?.guest { agent.forgetAnswers(on: channel, to: guest) }
    }
    refreshDeadlines()
    agent.forgetPast(now: now)
  }
}

extension GuestDomainSoftware {
  /// Lets the driver know how much room its transmit queue has.
  public mutating func learnRoom(_ queue: (ChannelID) -> ChannelQueue?) {
    if let channel = connection?.channel, let queue = queue(channel) {
      connection?.endpoint.learnRoom(queue)
    }
  }

  /// Takes out what does not matter from now on.
  public mutating func forgetPast(now: VirtualTime, _ around: (ChannelID) -> LinkSurroundings?) {
    if let channel = connection?.channel { connection?.forgetPast(now: now, around(channel)) }
    noteDeadline()
    agent.forgetPast(now: now)
  }
}

extension ControlAgent {
  mutating func forgetPast(now: VirtualTime) {
    renewals.move { $0.since(now) }
    for (id, notice) in notices { notices[id]?.next = notice.next.since(now) }
    timed = timed.mapValues { state in
      switch state {
      case .live: .live
      case .revoking(let request, let deadline, let nextAsk):
        .revoking(request, deadline: deadline.since(now), nextAsk: nextAsk.since(now))
      case .reclaiming(let next, let wasForced):
        .reclaiming(next: next.since(now), wasForced: wasForced)
      }
    }
  }
}

extension ControlAgent {
  mutating func forgetAnswers(on channel: ChannelID, to guest: GuestAgent) {
    guard let index = sessionIndex(channel) else { return }
    sessions[index].answers.keep { request in guest.requests.contains { $0.id == request } }
    sessions[index].oldestOpen = guest.oldestOpen
  }
}

extension GuestAgent {
  mutating func forgetPast(now: VirtualTime) {
    for index in requests.indices {
      // A request that nobody waits for any more is never given up.
      requests[index].deadline =
        requests[index].isAbandoned ? .zero : requests[index].deadline.since(now)
      requests[index].nextSend = requests[index].nextSend?.since(now)
    }
    if let step = opening { opening?.nextSend = step.nextSend.since(now) }
    grants.changeEach { grant in
      guard case .revoking(let request, let deadline) = grant.state else { return }
      grant.state = .revoking(request, deadline: deadline.since(now))
    }
    // The order matters only when there are too many to keep.
    if outcomeOrder.count < configuration.outcomeLimit / 2 { outcomeOrder.sort() }
  }
}
