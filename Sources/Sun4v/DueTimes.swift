// Theory of operation
//
// Who is due next, among many who wait. Each number (of a domain, a channel, a guest) has a moment or
// none. Above the moments stands a tournament: a binary tree in which each node has the number that is
// due first of the two below it, so that the root has the first of all. A change plays the matches
// above one leaf again: ten for a thousand numbers, and nothing is searched or allocated.
//
// Of equal moments the lower number wins, so the order is the same everywhere.
//
// Invariants: node 1 is the root and node `capacity + n` the leaf of number n; a node's winner is due
// no later than every number below it.

/// Moments by number, of which the earliest is known at once; a plain value.
public struct DueTimes: Sendable {
  private var times: [VirtualTime?] = []
  private var winners: [Int32] = []
  private var capacity = 0

  /// Makes a table in which nothing is due.
  public init() {}

  /// The moment of a number, or `nil` where none is set; no other numbers than 0 and up to 2^31 can be
  /// given one.
  public subscript(number: Int) -> VirtualTime? {
    get { times.indices.contains(number) ? times[number] : nil }
    set {
      guard number >= 0, number < Int(Int32.max) else { return }
      if number >= times.count {
        guard newValue != nil else { return }
        grow(to: number + 1)
      }
      guard times[number] != newValue else { return }
      times[number] = newValue
      replay(number)
    }
  }

  /// The number that is due first, the lowest of those due at once; `nil` where none is.
  public var first: Int? {
    guard winners.count > 1, winners[1] >= 0 else { return nil }
    return Int(winners[1])
  }

  /// When the first is due.
  public var earliest: VirtualTime? { first.flatMap { times[$0] } }

  /// The lowest number from `start` on that is due at `moment` or before; `nil` where none is.
  public func first(from start: Int, dueBy moment: VirtualTime) -> Int? {
    guard start >= 0, start < capacity else { return nil }
    var node = capacity + start
    if isDue(node, moment) { return start }
    while node > 1 {
      if node & 1 == 0, isDue(node + 1, moment) {
        node += 1
        while node < capacity {
          node *= 2
          if !isDue(node, moment) { node += 1 }
        }
        return node - capacity
      }
      node >>= 1
    }
    return nil
  }

  /// Moves every moment that is set.
  public mutating func move(_ change: (VirtualTime) -> VirtualTime) {
    for number in times.indices {
      if let time = times[number] { self[number] = change(time) }
    }
  }

  private func isDue(_ node: Int, _ moment: VirtualTime) -> Bool {
    guard winners[node] >= 0, let time = times[Int(winners[node])] else { return false }
    return time <= moment
  }

  private mutating func grow(to count: Int) {
    times.append(contentsOf: repeatElement(nil, count: count - times.count))
    guard count > capacity else { return }
    var wanted = max(1, capacity)
    while wanted < count { wanted *= 2 }
    capacity = wanted
    winners = Array(repeating: -1, count: 2 * wanted)
    for number in times.indices where times[number] != nil { replay(number) }
  }

  /// Plays the matches above a number again.
  private mutating func replay(_ number: Int) {
    var node = capacity + number
    winners[node] = times[number] == nil ? -1 : Int32(truncatingIfNeeded: number)
    while node > 1 {
      node >>= 1
      winners[node] = winner(winners[2 * node], winners[2 * node + 1])
    }
  }

  private func winner(_ left: Int32, _ right: Int32) -> Int32 {
    guard right >= 0, let second = times[Int(right)] else { return left }
    guard left >= 0, let first = times[Int(left)] else { return right }
    return second < first ? right : left
  }
}

/// Tables are equal when the same numbers are due at the same moments.
extension DueTimes: Hashable {
  private var significant: ArraySlice<VirtualTime?> {
    times[..<((times.lastIndex { $0 != nil } ?? -1) + 1)]
  }

  /// Compares the moments that are set.
  public static func == (a: Self, b: Self) -> Bool { a.significant == b.significant }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) { hasher.combine(significant) }
}
