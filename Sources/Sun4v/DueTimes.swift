// Theory of operation
//
// Who is due next, among many who wait. Each number (of a domain, a channel, a guest) has a moment or
// none. Above the moments stands a tournament: a binary tree in which each node has the number that is
// due first of the two below it, so that the root has the first of all. A change plays the matches
// above one leaf again: ten for a thousand numbers, and nothing is searched or allocated.
//
// Of equal moments the lower number wins, so the order is the same everywhere.
//
// Each node has the moment of its winner beside the number, so that a match looks at its two players and
// at nothing else.
//
// Invariants: node 1 is the root and node `capacity + n` the leaf of number n; a node's winner is due
// no later than every number below it.

/// Moments by number, of which the earliest is known at once; a plain value.
public struct DueTimes: Sendable {
  /// Who is due first of all below a node, and when; at a leaf the number itself, or nobody.
  private struct Player: Equatable, Sendable {
    static let nobody = Player(number: -1, time: .zero)

    let number: Int32
    let time: VirtualTime

    var isNobody: Bool { number < 0 }
    /// The moment, or `nil` of nobody.
    var due: VirtualTime? { isNobody ? nil : time }

    /// The winner of a match against a player with greater numbers.
    func match(_ other: Player) -> Player {
      isNobody || (!other.isNobody && other.time < time) ? other : self
    }
  }

  private var players: [Player] = []
  private var capacity: Int { players.count / 2 }

  /// Makes a table in which nothing is due.
  public init() {}

  /// The moment of a number, or `nil` where none is set; no other numbers than 0 and up to 2^31 can be
  /// given one.
  public subscript(number: Int) -> VirtualTime? {
    get { number >= 0 && number < capacity ? players[capacity + number].due : nil }
    set {
      guard number >= 0, number < Int(Int32.max) else { return }
      if number >= capacity {
        guard newValue != nil else { return }
        grow(to: number + 1)
      }
      let player = newValue.map { Player(number: Int32(truncatingIfNeeded: number), time: $0) }
      enter(player ?? .nobody, at: number)
    }
  }

  /// The number that is due first, the lowest of those due at once; `nil` where none is.
  public var first: Int? {
    guard players.count > 1, !players[1].isNobody else { return nil }
    return Int(players[1].number)
  }

  /// When the first is due.
  public var earliest: VirtualTime? { players.count > 1 ? players[1].due : nil }

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
    for number in 0..<capacity {
      if let time = self[number] { self[number] = change(time) }
    }
  }

  private func isDue(_ node: Int, _ moment: VirtualTime) -> Bool {
    players[node].due.map { $0 <= moment } ?? false
  }

  private mutating func grow(to count: Int) {
    var wanted = max(1, capacity)
    while wanted < count { wanted *= 2 }
    let leaves = players.suffix(capacity)
    players = Array(repeating: .nobody, count: 2 * wanted)
    for (number, player) in leaves.enumerated() { enter(player, at: number) }
  }

  /// Changes a leaf, and plays the matches above it again, up to the first whose winner stays.
  private mutating func enter(_ player: Player, at number: Int) {
    players.withUnsafeMutableBufferPointer { players in
      var node = players.count / 2 + number
      var winner = player
      while players[node] != winner {
        players[node] = winner
        guard node > 1 else { return }
        node >>= 1
        winner = players[2 * node].match(players[2 * node + 1])
      }
    }
  }
}

/// Tables are equal when the same numbers are due at the same moments.
extension DueTimes: Hashable {
  private var significant: ArraySlice<Player> {
    let leaves = players.suffix(capacity)
    return leaves[..<((leaves.lastIndex { !$0.isNobody } ?? leaves.startIndex - 1) + 1)]
  }

  /// Compares the moments that are set.
  public static func == (a: Self, b: Self) -> Bool {
    a.significant.elementsEqual(b.significant)
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    for player in significant { hasher.combine(player.due) }
  }
}
