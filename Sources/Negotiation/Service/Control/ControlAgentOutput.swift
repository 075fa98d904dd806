import Channels
import Sun4v

/// What the control domain's agent wants done and has to tell.
///
/// The caller owns one, gives it to each call, acts on it and clears it.
public struct ControlAgentOutput: Hashable, Sendable {
  /// A message and the channel that it goes to.
  public struct Outgoing: Hashable, Sendable {
    /// The control domain's end of the channel.
    public let channel: ChannelID
    /// The message.
    public let message: DVMAMessage
  }

  /// Messages to send, in order.
  public var messages: [Outgoing] = []
  /// What happened, in order.
  public var events: [NegotiationEvent] = []

  /// Empty.
  public init() {}

  /// The memory of an output between two uses; no part of a state.
  struct Spare: Hashable, Sendable {
    private var messages = SpareList<Outgoing>()
    private var events = SpareList<NegotiationEvent>()

    mutating func take() -> ControlAgentOutput {
      var output = ControlAgentOutput()
      output.messages = messages.take()
      output.events = events.take()
      return output
    }

    mutating func keep(_ output: inout ControlAgentOutput) {
      messages.keep(&output.messages)
      events.keep(&output.events)
    }
  }

  /// Forgets everything and keeps the memory.
  public mutating func clear() {
    messages.empty()
    events.empty()
  }

  mutating func send(_ request: RequestID, _ body: DVMAMessage.Body, to channel: ChannelID) {
    messages.append(Outgoing(channel: channel, message: DVMAMessage(request, body)))
  }
}
