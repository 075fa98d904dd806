/// The three ways compared: the same work done by each, with everything counted.
///
/// Deterministic: the same request gives the same results on every machine.
public enum PathComparison {
  /// Runs every way at every number of guests, way by way in the order asked for.
  ///
  /// Throws code `invalid_argument` for a request that exceeds a limit, `interrupted` where
  /// `isInterrupted` says so, and `invariant` where bytes or answers did not arrive.
  public static func run(
    _ request: PathRequest, isInterrupted: @escaping () -> Bool = { false },
    reportProgress: (Progress) -> Void = { _ in }
  ) throws(MachineError) -> [PathResult] {
    try request.validate()
    var results: [PathResult] = []
    let each = UInt64(request.operations)
    let guests = request.guests.reduce(0) { $0 + UInt64($1) }
    let all = UInt64(request.ways.count) * guests * each
    var before: UInt64 = 0
    for way in request.ways {
      for guests in request.guests {
        let result = try PathRun.result(
          way, guests: guests, request, isInterrupted: isInterrupted
        ) { done in
          reportProgress(Progress("comparing", before + done, of: all, "operations"))
        }
        before += UInt64(guests) * each
        results.append(result)
      }
    }
    return results
  }
}
