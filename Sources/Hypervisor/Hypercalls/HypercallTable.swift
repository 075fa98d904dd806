import Sun4v

/// Every function of the hypervisor, found by number or by name: the one dispatch table.
public struct HypercallTable: Sendable {
  /// The highest fast-trap function number with a slot of its own; greater numbers are folded.
  ///
  /// Source: OpenSPARC hypervisor 1.5.6, hcall.s.
  public static let highestFastNumber: UInt64 = 0x201

  /// Every call: core traps first, then by number.
  public let calls: [Hypercall]
  /// The implementations, in the order of `calls`: all that a call itself needs.
  private let routines: [Routine]

  /// An implementation in a type of its own: an array of bare functions would call each through a
  /// thunk that moves its arguments.
  private struct Routine: Sendable {
    let run: Hypercall.Handler
  }

  /// For each fast-trap number the call's index in `calls`, or -1.
  private let fastIndex: [Int16]
  private let coreIndex: [Int16]

  /// The calls of every group that the model knows.
  public static let standard = HypercallTable(
    HypercallTable.versionCalls + HypercallTable.groups.flatMap { $0 })

  /// One list per subject; a new group of calls is added to this line.
  private static let groups: [[Hypercall]] = [
    queueConfigurationCalls, virtualInterruptCalls, channelQueueCalls,
    sharedMemoryCalls, systemInterruptCalls, msiQueueCalls, msiCalls,
    configurationCalls, loanedFunctionCalls,
    serviceCalls, softStateCalls, iommuCalls, grantCalls,
    suppliedTableCalls,
  ]

  init(_ declarations: [Hypercall]) {
    calls = declarations.sorted {
      ($0.trap == .core ? 0 : 1, $0.number) < ($1.trap == .core ? 0 : 1, $1.number)
    }
    var fast = [Int16](repeating: -1, count: Int(Self.highestFastNumber) + 1)
    var core = [Int16](repeating: -1, count: 4)
    for (index, call) in calls.enumerated() {
      let number = Int(truncatingIfNeeded: call.number)
      switch call.trap {
      case .fast where fast.indices.contains(number): fast[number] = Int16(index)
      case .core where core.indices.contains(number): core[number] = Int16(index)
      default: continue
      }
    }
    routines = calls.map { Routine(run: $0.handler) }
    fastIndex = fast
    coreIndex = core
  }

  /// The slot of a fast-trap number: itself up to the highest, then 0x201 less.
  @inline(__always) static func slot(ofFastNumber number: UInt64) -> Int? {
    let folded = number > highestFastNumber ? number &- highestFastNumber : number
    return folded <= highestFastNumber ? Int(truncatingIfNeeded: folded) : nil
  }

  /// The index in `calls` of a fast-trap number's call.
  @inline(__always) func fast(_ number: UInt64) -> Int? {
    guard let slot = Self.slot(ofFastNumber: number) else { return nil }
    let index = fastIndex[slot]
    return index < 0 ? nil : Int(index)
  }

  /// Runs the call at an index of `calls`.
  @inline(__always)
  func run(
    _ index: Int, _ state: inout HypervisorState, _ domain: DomainID,
    _ arguments: HypercallArguments
  ) -> HypercallResult {
    routines[index].run(&state, domain, arguments)
  }

  /// The call of a core-trap function number, or `nil` where there is none.
  public func core(_ number: UInt64) -> Hypercall? {
    guard number < UInt64(coreIndex.count) else { return nil }
    let index = coreIndex[Int(number)]
    return index < 0 ? nil : calls[Int(index)]
  }

  /// The call of a name or alias, or `nil` for an unknown one.
  public func call(named name: some StringProtocol) -> Hypercall? {
    calls.first { $0.name == name || $0.aliases.contains { $0 == name } }
  }

  /// The call that a fast-trap number reaches, or `nil` where there is none.
  public func call(fastNumber number: UInt64) -> Hypercall? { fast(number).map { calls[$0] } }
}
