import Sun4v

extension GrantID: TableKey {
  var number: UInt64 { rawValue }
}

extension RequestID: TableKey {
  var number: UInt64 { rawValue }
}

extension ChannelID: TableKey {
  var number: UInt64 { rawValue }
}

extension DomainID: TableKey {
  var number: UInt64 { UInt64(truncatingIfNeeded: rawValue) }
}
