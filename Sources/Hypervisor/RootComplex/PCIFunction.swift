import Sun4v

/// A PCIe function below a root complex.
public struct PCIFunction: Hashable, Sendable {
  /// Its requester id.
  public let address: BusDeviceFunction
  /// Its name, such as `net0`.
  public let name: String
  /// The domain that it was loaned to, or `nil` while it is its root complex's owner's.
  public internal(set) var assignee: DomainID?
  /// Its configuration space.
  public package(set) var configuration = ConfigurationSpace()
}
