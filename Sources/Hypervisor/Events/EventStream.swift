import Sun4v

/// The one stream of a machine's events; tracing, recording, statistics and callbacks read it.
///
/// Events are collected while the engine works and handed out between its steps, so that a listener
/// never sees, or disturbs, a state in the middle of a change. Without a listener the stream costs
/// the engine one predictable branch.
public final class EventStream {
  /// Whether anyone wants events; set by the simulation.
  @exclusivity(unchecked) public var isListening = false
  /// At least how many events, the newest, are kept until they are taken.
  ///
  /// One operation may make millions, and where nobody wants all of them, they need not fit into memory.
  @exclusivity(unchecked) public var limit = Int.max
  @exclusivity(unchecked) private var pending: [TimedEvent] = []
  @exclusivity(unchecked) private var dropped: UInt64 = 0

  /// Makes a stream that nobody listens to.
  public init() {}

  /// Writes an event; callers ask `isListening` first.
  public func append(_ event: Event, at time: VirtualTime) {
    pending.append(TimedEvent(time: time, event: event))
    if pending.count >> 1 >= limit { dropOldest() }
  }

  private func dropOldest() {
    let newest = pending.suffix(max(0, limit))
    dropped &+= UInt64(pending.count - newest.count)
    pending = Array(newest)
  }

  /// Takes out the events written since the last time, in order; those that were dropped are missing.
  public func drain() -> [TimedEvent] {
    defer { pending.removeAll(keepingCapacity: true) }
    return pending
  }

  /// The number of events that were dropped since the last time that was asked.
  public func takeDropped() -> UInt64 {
    defer { dropped = 0 }
    return dropped
  }
}

/// A state's reference to the stream; it is no part of the state's value, so all sinks are equal.
public struct EventSink: Hashable {
  /// The stream.
  public let stream: EventStream

  /// Whether anyone wants events; never, in a build that measures what asking costs
  /// (scripts/measure-events).
  @inlinable public var isListening: Bool {
    #if WITHOUT_EVENTS
      false
    #else
      stream.isListening
    #endif
  }

  /// Always true: where events go does not make two states differ.
  public static func == (a: EventSink, b: EventSink) -> Bool { true }
  /// Feeds nothing, in accordance with equality.
  public func hash(into hasher: inout Hasher) {}
}
