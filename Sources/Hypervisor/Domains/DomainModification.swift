import Sun4v

extension HypervisorState {
  /// Changes a domain's record directly; returns `nil` for an unknown domain.
  ///
  /// For the runners of conformance cases, which begin in states that no sequence of calls leads to.
  package mutating func modifyDomain<Value>(
    _ domain: DomainID, _ change: (inout DomainRecord) -> Value
  ) -> Value? {
    guard domains.indices.contains(domain.rawValue) else { return nil }
    return change(&domains[domain.rawValue])
  }

  /// Stores a word in memory directly, for the same purpose; false, storing nothing, where there is no
  /// such word.
  @discardableResult
  package mutating func storeWord(_ value: UInt64, at address: PhysicalAddress) -> Bool {
    memory.storeWord(value, at: address)
  }
}
