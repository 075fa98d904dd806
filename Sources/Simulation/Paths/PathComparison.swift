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
    let count = request.ways.count * request.guests.count
    for way in request.ways {
      for guests in request.guests {
        reportProgress(
          Progress("comparing", UInt64(results.count), of: UInt64(count), "runs"))
        results.append(
          try PathRun.result(way, guests: guests, request, isInterrupted: isInterrupted))
      }
    }
    return results
  }
}
