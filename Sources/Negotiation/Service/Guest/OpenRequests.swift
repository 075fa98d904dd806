import Sun4v

/// The requests of a guest that have no answer, in order of their numbers.
///
/// Answers mostly come in that order, so taking out the first moves nothing: its place is given up when half
/// of all places are.
struct OpenRequests: RandomAccessCollection, MutableCollection, Sendable {
  private var places: [OpenRequest] = []
  private(set) var startIndex = 0

  var endIndex: Int { places.count }

  subscript(index: Int) -> OpenRequest {
    @inline(__always) get { places[index] }
    @inline(__always) _modify { yield &places[index] }
  }

  /// The place of the request of a number, or `nil` where none has it.
  func index(of id: RequestID) -> Int? {
    if startIndex < endIndex, places[startIndex].id == id { return startIndex }
    let index = places[startIndex...].partitioningIndex { $0.id >= id }
    return index < endIndex && places[index].id == id ? index : nil
  }

  /// Adds a request, whose number is the greatest.
  mutating func append(_ request: OpenRequest) { places.append(request) }

  /// Takes a request out.
  @discardableResult
  mutating func remove(at index: Int) -> OpenRequest {
    guard index == startIndex else { return places.remove(at: index) }
    let request = places[index]
    startIndex += 1
    if startIndex * 2 >= places.count {
      places.removeFirst(startIndex)
      startIndex = 0
    }
    return request
  }
}

extension OpenRequests: Hashable {
  /// Whether the requests are the same, whatever lay before them.
  static func == (a: Self, b: Self) -> Bool { a.elementsEqual(b) }

  func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for request in self { hasher.combine(request) }
  }
}
