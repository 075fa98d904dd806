// What dvmash adds to machine descriptions, beside what the bindings define: the things of a machine
// that neither kind of description has a place for. Readers of the bindings skip all of it.

/// Names of our own properties and nodes; docs/machine-descriptions.md lists them.
enum DescriptionNames {
  /// The prefix of everything of ours.
  static let prefix = "dvmash-"

  // Root of the hypervisor's description.
  static let model = "dvmash-model"
  static let conforms = "dvmash-conforms"
  static let seed = "dvmash-seed"
  static let latency = "dvmash-interrupt-latency"
  /// The channels that a domain may have, where they are not the usual number.
  static let channels = "dvmash-channel-endpoints"
  /// 0 where root complexes remember no translation; also of one `pcie_bus`.
  static let iotlb = "dvmash-iotlb"

  // A guest of the hypervisor's description; in bytes.
  static let quota = "dvmash-quota"
  static let reservation = "dvmash-reservation"
  /// Base and size of the range kept for negotiation; of a guest, a `pcie_bus` or a window.
  static let reserved = "dvmash-reserved"

  // A bus of the hypervisor's description.
  static let name = "dvmash-name"
  /// The node of a function.
  static let function = "dvmash-function"
  static let requester = "requester-id"
  static let configuration = "configuration"
  static let writable = "writable"
  static let assignee = "assignee"

  /// The node of a guest's description that tells of a window it may negotiate for.
  static let window = "dvmash-window"
}
