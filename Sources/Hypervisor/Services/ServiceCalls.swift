import Sun4v

/// What a domain asked to become; the simulation carries it out.
public enum DomainLifeRequest: Hashable, Sendable {
  /// `mach_exit` with its code.
  case exit(code: UInt64)
  /// `mach_sir`: to be reset and started again.
  case reset
}

extension HypercallTable {
  /// The core group's calls on the domain and its console.
  static let serviceCalls: [Hypercall] = [
    Hypercall(
      "mach_exit", HypercallNumber.machExit, group: .core, arguments: ["code"],
      summary: "Ends the domain.", source: "OpenSPARC hypervisor 1.5.6, hcall_core.s"
    ) { $0.machExit($1, $2) },
    Hypercall(
      "mach_desc", HypercallNumber.machDesc, group: .core, arguments: ["buffer", "length"],
      results: ["length"], summary: "Copies the domain's machine description to its memory.",
      source: "OpenSPARC hypervisor 1.5.6, hcall_core.s"
    ) { $0.machineDescription($1, $2) },
    Hypercall(
      "mach_sir", HypercallNumber.machSIR, group: .core, arguments: [],
      summary: "Resets the domain.", source: "OpenSPARC hypervisor 1.5.6, hcall_core.s"
    ) { state, domain, _ in state.machSIR(domain) },
    Hypercall(
      "cons_getchar", HypercallNumber.consGetchar, group: .core, arguments: [],
      results: ["character"], summary: "Reads a character from the console.",
      source: "VM specification, console services"
    ) { _, _, _ in HypercallResult(.wouldBlock) },
    Hypercall(
      "cons_putchar", HypercallNumber.consPutchar, group: .core, arguments: ["character"],
      summary: "Writes a character to the console.", source: "VM specification, console services"
    ) { $0.consolePutchar($1, $2) },
    Hypercall(
      "cons_write", HypercallNumber.consWrite, group: .core, versions: .from(APIVersion(1, 1)),
      arguments: ["ra", "size"], results: ["written"],
      summary: "Writes characters from memory to the console.",
      source: "VM specification, console services"
    ) { $0.consoleWrite($1, $2) },
  ]
}

extension HypervisorState {
  /// The number of bytes of console output that are kept of each domain: the last ones.
  public static let consoleLimit = 65536

  mutating func machExit(_ domain: DomainID, _ arguments: HypercallArguments) -> HypercallResult {
    request(.exit(code: arguments.a0), domain)
  }

  mutating func machSIR(_ domain: DomainID) -> HypercallResult { request(.reset, domain) }

  /// A second exit or reset while one is under way only parks the caller.
  private mutating func request(
    _ request: DomainLifeRequest, _ domain: DomainID
  ) -> HypercallResult {
    if domains[domain.rawValue].pendingLifeRequest == nil {
      domains[domain.rawValue].pendingLifeRequest = request
    }
    return HypercallResult(.ok)
  }

  /// mach_desc: buffer, length.
  mutating func machineDescription(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    let bytes = domains[domain.rawValue].machineDescription
    let needed = (UInt64(bytes.count) &+ 15) & ~15
    guard arguments.a1 >= needed else { return HypercallResult(.invalid, needed) }
    guard arguments.a0 & 15 == 0 else { return HypercallResult(.badAlignment) }
    guard
      let physical = domains[domain.rawValue].memoryMap.physical(
        RealAddress(arguments.a0), size: needed)
    else { return HypercallResult(.noRealAddress) }
    _ = bytes.withUnsafeBytes { memory.write(physical, from: $0) }
    return HypercallResult(.ok, needed)
  }

  mutating func consolePutchar(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    guard arguments.a0 < 256 else { return HypercallResult(.invalid) }
    print([UInt8(truncatingIfNeeded: arguments.a0)], domain)
    return HypercallResult(.ok)
  }

  /// cons_write: address, size; at most `consoleLimit` bytes a call.
  mutating func consoleWrite(
    _ domain: DomainID, _ arguments: HypercallArguments
  ) -> HypercallResult {
    let size = min(arguments.a1, UInt64(Self.consoleLimit))
    guard
      let physical = domains[domain.rawValue].memoryMap.physical(
        RealAddress(arguments.a0), guestSize: size)
    else { return HypercallResult(.noRealAddress) }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    guard bytes.withUnsafeMutableBytes({ memory.read(physical, into: $0) }) else {
      return HypercallResult(.noRealAddress)
    }
    print(bytes, domain)
    return HypercallResult(.ok, size)
  }

  private mutating func print(_ bytes: [UInt8], _ domain: DomainID) {
    domains[domain.rawValue].console += bytes
    let excess = domains[domain.rawValue].console.count - Self.consoleLimit
    if excess >= Self.consoleLimit { domains[domain.rawValue].console.removeFirst(excess) }
  }

  /// Gives a domain the bytes that `mach_desc` hands out.
  public mutating func setMachineDescription(_ domain: DomainID, _ bytes: [UInt8]) {
    guard domains.indices.contains(domain.rawValue) else { return }
    domains[domain.rawValue].machineDescription = bytes
  }

  /// Takes the exit or reset that a domain asked for, so that the simulation carries it out once.
  public mutating func takeLifeRequest(of domain: DomainID) -> DomainLifeRequest? {
    guard domains.indices.contains(domain.rawValue) else { return nil }
    defer { domains[domain.rawValue].pendingLifeRequest = nil }
    return domains[domain.rawValue].pendingLifeRequest
  }
}
