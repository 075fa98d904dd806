/// Puts what happens in files that run at the same time into the order of the files: of the one in
/// front everything is told as it happens, of the others later.
struct FileOrder {
  /// The results of the files that were told to their end.
  private(set) var results: [FileResult] = []
  private var finished: [Int: FileResult] = [:]
  /// The results of all files that have ended, also of those whose turn to be told has not come.
  var finishedResults: [FileResult] { results + finished.values }
  /// How many tests of the file in front were told; `nil` before the file was.
  private var told: Int?

  /// Tells what is new of a file that goes on.
  mutating func progress(_ file: FileRun, _ tell: (TestEvent) -> Void) {
    guard file.index == results.count, !file.known.isEmpty else { return }
    advance(file.result.file, file.known, tell)
  }

  /// Takes the result of a file, and tells of each file that it is the turn of.
  mutating func finish(_ index: Int, _ result: FileResult, _ tell: (TestEvent) -> Void) {
    finished[index] = result
    while let result = finished.removeValue(forKey: results.count) {
      advance(result.file, result.tests, tell)
      tell(.end(result))
      results.append(result)
      told = nil
    }
  }

  private mutating func advance(
    _ file: String, _ tests: [TestResult], _ tell: (TestEvent) -> Void
  ) {
    if told == nil { tell(.file(file)) }
    for test in tests.dropFirst(told ?? 0) { tell(.test(test, file: file)) }
    told = max(told ?? 0, tests.count)
  }
}
