import Sun4v

/// A device as its driver's domain names it: the function, and the window of its root complex.
struct DeviceName: Hashable, Sendable {
  let function: BusDeviceFunction
  /// The place of the window in the driver's list.
  let window: Int32
}

/// The numbers that a driver gives its devices, by name.
///
/// The first eight, which are all that most drivers have, are looked through; that takes as long as one
/// hash, by which the others are found.
struct DeviceNumbers: Hashable, Sendable {
  private static let lookedThrough = 8

  private var first: [DeviceName] = []
  private var others: [DeviceName: Int] = [:]

  /// The number of a device, or `nil` where it has none.
  func number(of name: DeviceName) -> Int? {
    for place in first.indices where first[place] == name { return place }
    return others.isEmpty ? nil : others[name]
  }

  /// Gives a device that has none the number `number`, the number of devices before it.
  mutating func enter(_ name: DeviceName, number: Int) {
    if number < Self.lookedThrough { first.append(name) } else { others[name] = number }
  }
}
