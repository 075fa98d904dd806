// Theory of operation
//
// A device that moves much makes many accesses in a row, and what they have in common need be found
// only once: the root complex, its table, its remembered translations. A session holds them. It has
// the state to itself while it lasts, and no access changes a table or moves the lines of an IOTLB,
// so that what it found stays true: only entries of lines change, which every access reads afresh.

import Sun4v

/// One function's accesses through one root complex, in the middle of a series.
///
/// It cannot be copied and does not outlive `HypervisorState.withAccesses`; meanwhile the state
/// cannot be read, copied or changed by anybody else.
public struct AccessSession: ~Copyable {
  @usableFromInline let state: UnsafeMutablePointer<HypervisorState>
  @usableFromInline let rootComplex: RootComplexID
  @usableFromInline let requester: BusDeviceFunction
  @usableFromInline let path: OrdinaryPath

  @usableFromInline init(
    _ state: UnsafeMutablePointer<HypervisorState>, _ rootComplex: RootComplexID,
    _ requester: BusDeviceFunction
  ) {
    self.state = state
    self.rootComplex = rootComplex
    self.requester = requester
    path = state.pointee.rootComplexes[rootComplex.rawValue].ordinaryPath()
  }

  /// Translates an address for an access, as ``HypervisorState/access(_:requester:_:_:count:)``.
  ///
  /// The translation is remembered, or the error recorded and reported. The run ends with the page,
  /// or after `count` bytes.
  @inlinable @inline(__always)
  public func access(
    _ address: DVMAAddress, _ kind: AccessKind, count: UInt64 = 1
  ) -> Result<PhysicalRun, IOMMUFault> {
    guard let found = path.find(requester, address.rawValue, kind) else {
      return state.pointee.accessAtLength(rootComplex, requester, address, kind, count)
    }
    return .success(
      PhysicalRun(address: PhysicalAddress(found.physical), count: min(count, found.count)))
  }

  /// Translates addresses that are known beforehand, in order, each as ``access(_:_:count:)`` does; calls
  /// with each answer.
  ///
  /// The entries of later addresses are fetched meanwhile, so that a large table is not waited for:
  /// `address` is asked for each of the numbers from 0 up to but not including `count`, at most three
  /// times.
  @inlinable @inline(__always)
  public func accesses(
    _ count: Int, _ kind: AccessKind, at address: (Int) -> DVMAAddress,
    _ body: (Result<PhysicalRun, IOMMUFault>) -> Void
  ) {
    // The last ones are fetched by the time that the first part is through.
    let fetched = max(count, Self.lookahead) &- Self.lookahead
    accesses(0, to: fetched, kind, isFetching: true, at: address, body)
    accesses(fetched, to: count, kind, isFetching: false, at: address, body)
  }

  /// One part of a series; `isFetching` is a constant where this is called.
  @inlinable @inline(__always)
  func accesses(
    _ start: Int, to end: Int, _ kind: AccessKind, isFetching: Bool,
    at address: (Int) -> DVMAAddress, _ body: (Result<PhysicalRun, IOMMUFault>) -> Void
  ) {
    var next = start
    while next < end {
      // A loop of its own without a call, so that the compiler keeps its numbers in registers.
      while next < end {
        if isFetching { path.prefetch(address(next &+ Self.lookahead).rawValue) }
        guard let found = path.find(requester, address(next).rawValue, kind) else { break }
        body(.success(PhysicalRun(address: PhysicalAddress(found.physical), count: 1)))
        next &+= 1
      }
      if next < end {
        body(state.pointee.accessAtLength(rootComplex, requester, address(next), kind, 1))
        next &+= 1
      }
    }
  }

  /// How many accesses before its own an entry is fetched: about as many as a processor can wait for.
  @inlinable static var lookahead: Int { 24 }
}

extension HypervisorState {
  /// Calls with a session for a series of accesses that a function makes through a root complex.
  ///
  /// The answers are those of single calls of ``access(_:requester:_:_:count:)``, and so is what they leave
  /// behind. Returns `nil`, without a call, where the root complex does not exist.
  @inlinable
  public mutating func withAccesses<Value, Failure: Error>(
    through rootComplex: RootComplexID, by requester: BusDeviceFunction,
    _ body: (borrowing AccessSession) throws(Failure) -> Value
  ) throws(Failure) -> Value? {
    guard rootComplexes.indices.contains(rootComplex.rawValue) else { return nil }
    return try withUnsafeMutablePointer(to: &self) { state throws(Failure) in
      try body(AccessSession(state, rootComplex, requester))
    }
  }
}
