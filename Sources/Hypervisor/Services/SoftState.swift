import Sun4v

/// What a domain says about its own state to those who manage it.
///
/// Source: FWARC 2006/473.
public struct SoftState: Hashable, Sendable {
  /// 1 normal, 2 in transition.
  public internal(set) var state: UInt64 = 2
  /// Up to 31 bytes of text, without the NUL.
  public internal(set) var description: [UInt8] = []
}

extension HypercallTable {
  /// The soft state calls.
  static let softStateCalls: [Hypercall] = [
    Hypercall(
      "soft_state_set", HypercallNumber.softStateSet, group: .softState,
      arguments: ["state", "description"], summary: "Tells the domain's soft state.",
      source: "FWARC 2006/473"
    ) { $0.setSoftState($1, $2) },
    Hypercall(
      "soft_state_get", HypercallNumber.softStateGet, group: .softState, arguments: ["buffer"],
      results: ["state"], summary: "Reads back the domain's soft state.", source: "FWARC 2006/473"
    ) { $0.getSoftState($1, $2) },
  ]

  static let softStateBytes = 32
}

extension HypervisorState {
  mutating func setSoftState(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard arguments.a0 == 1 || arguments.a0 == 2 else { return HypercallResult(.invalid) }
    guard arguments.a1 & 31 == 0 else { return HypercallResult(.badAlignment) }
    guard
      let physical = domains[domain.rawValue].memoryMap.physical(
        RealAddress(arguments.a1), size: UInt64(HypercallTable.softStateBytes))
    else { return HypercallResult(.noRealAddress) }
    var bytes = [UInt8](repeating: 0, count: HypercallTable.softStateBytes)
    guard bytes.withUnsafeMutableBytes({ memory.read(physical, into: $0) }),
      let end = bytes.firstIndex(of: 0)
    else { return HypercallResult(.invalid) }
    domains[domain.rawValue].softState = SoftState(
      state: arguments.a0, description: Array(bytes[..<end]))
    return HypercallResult(.ok)
  }

  mutating func getSoftState(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard arguments.a0 & 31 == 0 else { return HypercallResult(.badAlignment) }
    guard
      let physical = domains[domain.rawValue].memoryMap.physical(
        RealAddress(arguments.a0), size: UInt64(HypercallTable.softStateBytes))
    else { return HypercallResult(.noRealAddress) }
    let soft = domains[domain.rawValue].softState
    var bytes = soft.description
    while bytes.count < HypercallTable.softStateBytes { bytes.append(0) }
    _ = bytes.withUnsafeBytes { memory.write(physical, from: $0) }
    return HypercallResult(.ok, soft.state)
  }
}
