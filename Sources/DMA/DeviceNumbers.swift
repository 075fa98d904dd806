import Sun4v

/// A device as its driver's domain names it: the function, and the window of its root complex.
@usableFromInline struct DeviceName: Hashable, Sendable {
  @usableFromInline let packed: UInt64

  /// - Parameter window: the place of the window in the driver's list.
  @inlinable @inline(__always)
  init(_ function: BusDeviceFunction, window: Int) {
    packed = UInt64(truncatingIfNeeded: window) << 16 | UInt64(function.rawValue)
  }
}

/// The numbers that a driver gives its devices, by name.
///
/// The first eight, which are all that most drivers have, are looked through; that takes as long as one
/// hash, by which the others are found.
@usableFromInline struct DeviceNumbers: Hashable, Sendable {
  @inlinable static var lookedThrough: Int { 8 }

  @usableFromInline var first: [DeviceName] = []
  private var others: [DeviceName: Int] = [:]

  /// The number of a device, or `nil` where it has none.
  @inlinable @inline(__always)
  func number(of name: DeviceName) -> Int? {
    for place in first.indices where first[place].packed == name.packed { return place }
    return first.count < Self.lookedThrough ? nil : hashedNumber(of: name)
  }

  @usableFromInline func hashedNumber(of name: DeviceName) -> Int? { others[name] }

  /// Gives a device that has none the number `number`, the number of devices before it.
  mutating func enter(_ name: DeviceName, number: Int) {
    if number < Self.lookedThrough { first.append(name) } else { others[name] = number }
  }
}
