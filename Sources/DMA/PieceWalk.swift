import Sun4v

/// The pages of a list of pieces, one after the other.
struct PieceWalk {
  private let pieces: [MemoryPiece]
  private let shift: UInt64
  /// The number of the next page, counted from 0.
  private var number: UInt64 = 0
  /// The place of the piece behind the present one.
  private var following = 0
  /// The address of the next page, and how many of the present piece are left.
  private var address: UInt64 = 0
  private var left: UInt64 = 0

  init(_ pieces: [MemoryPiece], _ page: PageSize) {
    self.pieces = pieces
    shift = page.shift
  }

  /// The address of the next page; 0 behind the last.
  @inline(__always)
  mutating func next() -> UInt64 {
    while left == 0 {
      guard following < pieces.count else { return 0 }
      let piece = pieces[following]
      following &+= 1
      guard piece.length > 0 else { continue }
      let first = piece.address.rawValue &>> shift
      left = ((piece.address.rawValue &+ (piece.length &- 1)) &>> shift) &- first &+ 1
      address = first &<< shift
    }
    let page = address
    address &+= 1 &<< shift
    left &-= 1
    number &+= 1
    return page
  }

  /// Goes to a page by its number; to the next one, where a walk mostly is, without a step.
  @inline(__always)
  mutating func move(to wanted: UInt64) {
    if wanted != number { search(wanted) }
  }

  private mutating func search(_ wanted: UInt64) {
    if wanted < number {
      (number, following, left) = (0, 0, 0)
    }
    while number < wanted, left > 0 || following < pieces.count { _ = next() }
  }
}
