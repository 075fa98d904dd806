/// A sun4v page-size code: 0 is 8 KiB, and each step is eight times as large, up to 7, 16 GiB.
///
/// Source: FWARC 2008/424; UltraSPARC Virtual Machine Specification, TTE format.
public struct PageSize: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The code, 0 to 7.
  public let code: UInt8

  /// The page size of a code, or `nil` for the reserved codes 8 and above.
  public init?(code: UInt64) {
    guard code < 8 else { return nil }
    self.code = UInt8(truncatingIfNeeded: code)
  }

  /// The page size of so many bytes, or `nil` where no code means it.
  public init?(bytes: UInt64) {
    guard let code = (0..<8).first(where: { 8192 << (3 * UInt64($0)) == bytes }) else { return nil }
    self.code = UInt8(code)
  }

  @inlinable init(uncheckedCode code: UInt8) { self.code = code }

  /// The 8 KiB page of the legacy IOMMU.
  @inlinable public static var size8K: PageSize { PageSize(uncheckedCode: 0) }
  /// The 64 KiB page.
  @inlinable public static var size64K: PageSize { PageSize(uncheckedCode: 1) }
  /// The 4 MiB page.
  @inlinable public static var size4M: PageSize { PageSize(uncheckedCode: 3) }
  /// The 256 MiB page.
  @inlinable public static var size256M: PageSize { PageSize(uncheckedCode: 5) }

  /// The number of address bits inside a page.
  @inlinable public var shift: UInt64 { 13 &+ 3 &* UInt64(code) }

  /// The size in bytes.
  @inlinable public var bytes: UInt64 { 1 &<< shift }

  /// The number of pages that hold so many bytes, rounded up; never overflows.
  @inlinable public func pages(for byteCount: UInt64) -> UInt64 {
    (byteCount &>> shift) &+ (byteCount & (bytes &- 1) == 0 ? 0 : 1)
  }

  /// The size in words, such as `8K`.
  public var description: String { ByteSize(bytes).description }

  /// Orders by size.
  public static func < (a: PageSize, b: PageSize) -> Bool { a.code < b.code }
}
