import Sun4v

/// The versions that a domain has chosen, and so the calls that it may make.
public struct APIVersionTable: Hashable, Sendable {
  /// The chosen version of each group, in order of group.
  public private(set) var chosen: [(group: APIGroup, version: APIVersion)] = []
  /// The chosen major version of the PCI group, 0 for none; map asks for it on every call.
  private(set) var pciMajor: UInt64 = 0
  /// One bit for each call of `HypercallTable.calls`.
  private var enabled: [UInt64] = []

  /// Makes a table in which nothing has been chosen.
  public init() {}

  /// Whether the call at an index of `HypercallTable.calls` is enabled.
  @inline(__always) func isEnabled(_ index: Int) -> Bool {
    let word = index >> 6
    return word < enabled.count && enabled[word] >> UInt64(index & 63) & 1 != 0
  }

  /// The version in force for a group, or `nil` where none was chosen.
  public func version(of group: APIGroup) -> APIVersion? {
    chosen.first { $0.group == group }?.version
  }

  mutating func set(_ index: Int, enabled on: Bool) {
    let word = index >> 6
    while enabled.count <= word { enabled.append(0) }
    let bit: UInt64 = 1 << UInt64(index & 63)
    enabled[word] = on ? enabled[word] | bit : enabled[word] & ~bit
  }

  mutating func choose(_ version: APIVersion?, for group: APIGroup) {
    chosen.removeAll { $0.group == group }
    if group == .pci { pciMajor = version?.major ?? 0 }
    guard let version else { return }
    let place = chosen.firstIndex { $0.group > group } ?? chosen.endIndex
    chosen.insert((group, version), at: place)
  }

  /// Whether two tables enable the same calls by the same choices.
  public static func == (a: Self, b: Self) -> Bool {
    a.enabled == b.enabled && a.chosen.elementsEqual(b.chosen) { $0 == $1 }
  }

  /// Feeds the choices.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(enabled)
    for entry in chosen {
      hasher.combine(entry.group)
      hasher.combine(entry.version)
    }
  }
}
