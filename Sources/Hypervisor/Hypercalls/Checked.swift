import Sun4v

/// What a check of arguments gives: what they mean, or the status that refuses them.
enum Checked<Value> {
  /// The arguments are good.
  case value(Value)
  /// They are not; the call returns this status.
  case refused(HypervisorStatus)
}
