import Sun4v

/// The one stream of a machine's events; tracing, recording, statistics and callbacks read it.
///
/// Events are collected while the engine works and handed out between its steps, so that a listener
/// never sees, or disturbs, a state in the middle of a change. Without a listener the stream costs
/// the engine one predictable branch.
public final class EventStream {
  /// Whether anyone wants events; set by the simulation.
  @exclusivity(unchecked) public var isListening = false
  @exclusivity(unchecked) private var pending: [TimedEvent] = []

  /// Makes a stream that nobody listens to.
  public init() {}

  /// Writes an event; callers ask `isListening` first.
  public func append(_ event: Event, at time: VirtualTime) {
    pending.append(TimedEvent(time: time, event: event))
  }

  /// Takes out the events written since the last time, in order.
  public func drain() -> [TimedEvent] {
    defer { pending.removeAll(keepingCapacity: true) }
    return pending
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
