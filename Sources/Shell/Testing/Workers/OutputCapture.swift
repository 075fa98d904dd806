/// What a worker prints, cut where one test ends and the next begins.
///
/// Output and events come through two pipes, and the runner may read the output of several tests at
/// once. So the worker writes a marker into its output before it tells that a test ended. The marker
/// is drawn for each worker, and a test cannot know it.
struct OutputCapture {
  /// What the worker is to write after the output of each test.
  let marker: String

  private let markerBytes: [UInt8]
  private let limit: Int
  /// The outputs of tests whose end has not been told yet.
  private var finished: [[UInt8]] = []
  private var current: [UInt8] = []
  /// The last bytes, which may be the beginning of a marker.
  private var tail: [UInt8] = []

  /// Keeps up to `limit` bytes of each test.
  init(marker: String, limit: Int) {
    self.marker = marker
    markerBytes = Array(marker.utf8)
    self.limit = limit
  }

  /// Takes bytes as they were read.
  mutating func append(_ bytes: [UInt8]) {
    tail += bytes
    while let start = markerStart {
      keep(tail[..<start])
      finished.append(current)
      current = []
      tail.removeSubrange(..<(start + markerBytes.count))
    }
    let surplus = tail.count - (markerBytes.count - 1)
    guard surplus > 0 else { return }
    keep(tail.prefix(surplus))
    tail.removeFirst(surplus)
  }

  /// The output of the test that ended first, or all there is where no end was marked.
  mutating func take() -> String {
    if !finished.isEmpty { return String(decoding: finished.removeFirst(), as: UTF8.self) }
    keep(tail[...])
    defer { (current, tail) = ([], []) }
    return String(decoding: current, as: UTF8.self)
  }

  /// Where the first marker begins; most output does not even have its first byte.
  private var markerStart: Int? {
    guard let first = markerBytes.first else { return nil }
    var from = tail.startIndex
    while let start = tail[from...].firstIndex(of: first) {
      if tail[start...].starts(with: markerBytes) { return start }
      from = start + 1
    }
    return nil
  }

  private mutating func keep(_ bytes: ArraySlice<UInt8>) {
    current += bytes.prefix(max(0, limit - current.count))
  }
}
