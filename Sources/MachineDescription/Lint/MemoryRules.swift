import Sun4v

/// Rules of memory, processors and the platform. Source: FWARC 2005/115 md-bindings, 2009/300.
extension LintRule {
  static let memoryPropertyMissing = LintRule(
    "memory-property-missing", .error,
    "mblock has base and size; cpu has id; platform has name, banner-name and stick-frequency.")
  static let memoryPropertyKind = LintRule(
    "memory-property-kind", .error,
    "Properties of mblock, cpu and platform are of the kind their binding names.")
  static let memoryEmpty = LintRule(
    "memory-empty", .error, "A domain has at least one mblock.")
  static let memoryNodeMissing = LintRule(
    "memory-node-missing", .warning, "A memory node below the root collects the mblocks.")
  static let memoryBlockParent = LintRule(
    "mblock-parent", .warning, "Every mblock hangs below a memory node.")
  static let memoryBlockSize = LintRule(
    "mblock-size", .error, "An mblock has more than 0 bytes and ends below 2^64.")
  static let memoryBlockAlignment = LintRule(
    "mblock-alignment", .warning, "An mblock's base and size are multiples of 8 KiB.")
  static let memoryBlockOverlap = LintRule(
    "mblock-overlap", .error, "The mblocks of a domain do not overlap.")
  static let platformMissing = LintRule(
    "platform-missing", .error, "A domain's description has a platform node.")
  static let processorMissing = LintRule(
    "cpu-missing", .error, "A domain has at least one cpu.")
  static let processorRepeated = LintRule(
    "cpu-id-repeated", .error, "Every cpu has an id of its own.")
  static let pageSizeList = LintRule(
    "page-size-list", .error, "mmu-page-size-list has bits for the page sizes 0 to 7 and no others."
  )

  static let memoryBindings: [LintRule] = [
    memoryPropertyMissing, memoryPropertyKind, memoryEmpty, memoryNodeMissing, memoryBlockParent,
    memoryBlockSize, memoryBlockAlignment, memoryBlockOverlap, platformMissing, processorMissing,
    processorRepeated, pageSizeList,
  ]
}

extension LintPass {
  private static let blockTable: [PropertyDemand] = [
    .init("base", .number), .init("size", .number),
    .init("address-congruence-offset", .number, .optional),
  ]
  private static let processorTable: [PropertyDemand] = [
    .init("id", .number), .init("clock-frequency", .number, .customary),
    .init("compatible", .strings, .customary), .init("isalist", .strings, .customary),
    .init("mmu-page-size-list", .number, .optional), .init("mmu-#va-bits", .number, .optional),
    .init("mmu-#ra-bits", .number, .optional), .init("mmu-max-#tsbs", .number, .optional),
    .init("nwins", .number, .optional),
  ]
  private static let platformTable: [PropertyDemand] = [
    .init("name", .string), .init("banner-name", .string), .init("stick-frequency", .number),
    .init("hostid", .number, .optional), .init("mac-address", .number, .optional),
    .init("max-cpus", .number, .optional),
  ]

  /// Memory, processors and platform of a domain.
  mutating func checkMemory() {
    let rules = PropertyRules(missing: .memoryPropertyMissing, kind: .memoryPropertyKind)
    let blocks = nodes("mblock")
    check(Self.blockTable, blocks, rules)
    check(Self.processorTable, nodes("cpu"), rules)
    check(Self.platformTable, nodes("platform"), rules)
    guard let root = graph.root else { return }
    if nodes("platform").isEmpty {
      report(.platformMissing, root, place: nil, "there is no platform node")
    }
    if nodes("memory").isEmpty {
      report(.memoryNodeMissing, root, place: nil, "there is no memory node")
    }
    if nodes("cpu").isEmpty { report(.processorMissing, root, place: nil, "there is no cpu") }
    if blocks.isEmpty { report(.memoryEmpty, root, place: nil, "there is no mblock") }
    checkUnique("id", nodes("cpu"), .processorRepeated)
    for view in nodes("cpu") {
      if let list = view.integer("mmu-page-size-list"), list == 0 || list > 0xff {
        report(
          .pageSizeList, view, "mmu-page-size-list",
          "mmu-page-size-list is \(list.hexadecimal); 0x1 to 0xff are right")
      }
    }
    checkBlocks(blocks)
  }

  private mutating func checkBlocks(_ blocks: [NodeView]) {
    var claims: [Claim] = []
    for view in blocks {
      if !parents(of: view).contains(where: { $0.type == "memory" }) {
        report(.memoryBlockParent, view, place: nil, "no memory node has a fwd arc to this block")
      }
      guard let base = view.integer("base"), let size = view.integer("size") else { continue }
      let claim = Claim(view: view, property: "base", base: base, size: size)
      claims.append(claim)
      if !claim.isSound {
        report(
          .memoryBlockSize, view, "size",
          "\(size.hexadecimal) bytes at \(base.hexadecimal) are no block")
      }
      if base % PageSize.size8K.bytes != 0 || size % PageSize.size8K.bytes != 0 {
        report(
          .memoryBlockAlignment, view, "base",
          "\(size.hexadecimal) bytes at \(base.hexadecimal) are not whole pages of 8 KiB")
      }
    }
    checkOverlaps(claims, .memoryBlockOverlap)
  }
}
