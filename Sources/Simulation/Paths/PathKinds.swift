/// A way by which a guest's I/O reaches a device that hangs on the control domain's root complex.
public enum IOPath: String, Hashable, Sendable, CaseIterable {
  /// The control domain drives the device with buffers of its own and copies with `ldc_copy`.
  case proxied
  /// The guest exports its pages with I/O rights; the control domain imports and maps them.
  case shared
  /// The guest maps its own pages inside a negotiated grant; nobody is in between.
  case direct
}

/// What the guests do in a comparison.
public enum PathWorkload: String, Hashable, Sendable, CaseIterable {
  /// Reads from a disk: each is asked for, and answered, by a message of its own.
  case blockRead = "block_read"
  /// Frames from a network: a message posts, or reports, all the buffers of a round.
  case networkReceive = "net_receive"
}

/// When a guest that does direct I/O negotiates.
public enum NegotiationTiming: String, Hashable, Sendable, CaseIterable {
  /// Once, for all buffers, before the first operation.
  case once
  /// For each operation, which is the worst case.
  case perOperation = "per_operation"
}
