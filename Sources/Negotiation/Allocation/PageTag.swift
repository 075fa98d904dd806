/// The word that the allocator keeps for every page of a window: three bits of kind above 29 bits of
/// payload.
///
/// Only the ends of runs carry a tag; every page inside a run has the tag 0. A hole is tagged at its
/// first and its last page with the number of its node, so that a neighbour finds it from either
/// side. Every other run is tagged at its first page with its length, which is what makes a free
/// checkable: the tag of the page must say exactly what the caller claims.
@usableFromInline enum PageTag {
  /// The place of the kind.
  @inlinable static var kindShift: UInt32 { 29 }
  /// The bits of the payload.
  @inlinable static var payloadMask: UInt32 { (1 << 29) - 1 }

  /// An end of a hole; the payload is its node.
  @inlinable static var hole: UInt32 { 1 << 29 }
  /// The first page of an allocated range; the payload is its length.
  @inlinable static var used: UInt32 { 2 << 29 }
  /// The first page of an allocated range that guard pages follow.
  @inlinable static var usedGuarded: UInt32 { 3 << 29 }
  /// The first guard page behind a range.
  @inlinable static var guarding: UInt32 { 4 << 29 }
  /// The first page of a free range that waits in a front stack.
  @inlinable static var fronted: UInt32 { 5 << 29 }
  /// The first page of slack behind a long range; the payload is its place in the list of slacks.
  ///
  /// A kind of guard, as far as the kind's bits go: neither is as long as the longest window, so that the
  /// highest bit of the payload tells them apart.
  static var slack: UInt32 { guarding | slackBit }
  /// The first page of a range that was carved out for good.
  @inlinable static var reserved: UInt32 { 6 << 29 }
  /// The first page of a freed range that may not be reused yet.
  @inlinable static var quarantined: UInt32 { 7 << 29 }

  private static var slackBit: UInt32 { 1 << 28 }

  /// Whether slack starts at a page with this tag.
  @inline(__always) static func isSlack(_ tag: UInt32) -> Bool {
    tag & (~payloadMask | slackBit) == slack
  }
  /// The place in the list of slacks.
  @inline(__always) static func slackPlace(_ tag: UInt32) -> UInt32 { tag & ~slack }
  /// The kind bits of a tag.
  @inlinable static func kind(_ tag: UInt32) -> UInt32 { tag & ~payloadMask }
  /// The payload of a tag.
  @inlinable static func payload(_ tag: UInt32) -> UInt32 { tag & payloadMask }
}
