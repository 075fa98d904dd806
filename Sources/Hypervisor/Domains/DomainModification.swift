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
}
