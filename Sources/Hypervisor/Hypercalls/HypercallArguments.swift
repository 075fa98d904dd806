import Sun4v

/// The five argument registers of a hypercall, %o0 to %o4.
public struct HypercallArguments: Hashable, Sendable {
  /// %o0.
  public var a0: UInt64
  /// %o1.
  public var a1: UInt64
  /// %o2.
  public var a2: UInt64
  /// %o3.
  public var a3: UInt64
  /// %o4.
  public var a4: UInt64

  /// Makes the registers; those not given hold zero.
  @inlinable public init(
    _ a0: UInt64 = 0, _ a1: UInt64 = 0, _ a2: UInt64 = 0, _ a3: UInt64 = 0, _ a4: UInt64 = 0
  ) {
    self.a0 = a0
    self.a1 = a1
    self.a2 = a2
    self.a3 = a3
    self.a4 = a4
  }
}

/// The status of a hypercall and the values it returns in %o1 to %o5.
public struct HypercallResult: Hashable, Sendable {
  // In pairs, as a result is moved: a pair that two stores have just made would have to be waited for.
  @usableFromInline var statusAnd1: SIMD2<UInt64>
  @usableFromInline var values23: SIMD2<UInt64>
  @usableFromInline var values45: SIMD2<UInt64>
  /// The number of values that the call returns with this status, 0 to 5.
  public var count: UInt8

  /// The status in %o0.
  @inlinable public var status: HypervisorStatus {
    get { HypervisorStatus(rawValue: statusAnd1[0]) }
    set { statusAnd1[0] = newValue.rawValue }
  }
  /// %o1, meaningful where `count` is at least 1.
  @inlinable public var ret1: UInt64 {
    get { statusAnd1[1] }
    set { statusAnd1[1] = newValue }
  }
  /// %o2, meaningful where `count` is at least 2.
  @inlinable public var ret2: UInt64 {
    get { values23[0] }
    set { values23[0] = newValue }
  }
  /// %o3, meaningful where `count` is at least 3.
  @inlinable public var ret3: UInt64 {
    get { values23[1] }
    set { values23[1] = newValue }
  }
  /// %o4, meaningful where `count` is at least 4.
  @inlinable public var ret4: UInt64 {
    get { values45[0] }
    set { values45[0] = newValue }
  }
  /// %o5, meaningful where `count` is 5.
  @inlinable public var ret5: UInt64 {
    get { values45[1] }
    set { values45[1] = newValue }
  }

  /// A status alone: the other registers are as the caller left them.
  @inlinable public init(_ status: HypervisorStatus) {
    statusAnd1 = SIMD2(status.rawValue, 0)
    values23 = .zero
    values45 = .zero
    count = 0
  }

  /// A status with one value.
  @inlinable public init(_ status: HypervisorStatus, _ ret1: UInt64) {
    self.init(status)
    self.ret1 = ret1
    count = 1
  }

  /// A status with two values.
  @inlinable public init(_ status: HypervisorStatus, _ ret1: UInt64, _ ret2: UInt64) {
    self.init(status, ret1)
    self.ret2 = ret2
    count = 2
  }

  /// A status with three values.
  @inlinable public init(
    _ status: HypervisorStatus, _ ret1: UInt64, _ ret2: UInt64, _ ret3: UInt64
  ) {
    self.init(status, ret1, ret2)
    self.ret3 = ret3
    count = 3
  }

  /// A status with four values.
  @inlinable public init(
    _ status: HypervisorStatus, _ ret1: UInt64, _ ret2: UInt64, _ ret3: UInt64, _ ret4: UInt64
  ) {
    self.init(status, ret1, ret2, ret3)
    self.ret4 = ret4
    count = 4
  }

  /// A status with five values.
  @inlinable public init(
    _ status: HypervisorStatus, _ ret1: UInt64, _ ret2: UInt64, _ ret3: UInt64, _ ret4: UInt64,
    _ ret5: UInt64
  ) {
    self.init(status, ret1, ret2, ret3, ret4)
    self.ret5 = ret5
    count = 5
  }

  /// The returned values in order.
  public var values: [UInt64] { Array([ret1, ret2, ret3, ret4, ret5].prefix(Int(count))) }
}
