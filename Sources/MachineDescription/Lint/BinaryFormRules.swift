/// Rules of the binary form. Source: FWARC 2005/115 md-transport, unless a rule says otherwise.
extension LintRule {
  static let headerTruncated = LintRule(
    "truncated-header", .error, refusesReading: true, "A description starts with a 16-byte header.")
  static let unsupportedMajor = LintRule(
    "unsupported-major", .error, refusesReading: true, "The transport version's major number is 1.")
  static let minorVersion = LintRule(
    "minor-version", .warning,
    "The transport version is 1.0; readers take other minors, Sun's linter does not.")
  static let truncated = LintRule(
    "truncated", .error, refusesReading: true,
    "The file holds all the bytes that its header announces.")
  static let trailingBytes = LintRule(
    "trailing-bytes", .warning, "Nothing follows the data block.")
  static let nodeBlockSize = LintRule(
    "node-block-size", .error, refusesReading: true, "The node block is whole 16-byte elements.")
  static let nameBlockSize = LintRule(
    "name-block-size", .error, "The name block's size is a multiple of 16.")
  static let dataBlockSize = LintRule(
    "data-block-size", .note,
    "The data block's size is a multiple of 16; no real producer pads it.")
  static let totalSize = LintRule(
    "total-size", .error, "The whole description has at most 2^32 - 16 bytes.")
  static let unknownTag = LintRule(
    "unknown-tag", .warning, "Elements inside a node have a known tag; readers skip others.")
  static let unknownTagOutside = LintRule(
    "unknown-tag-outside", .error, refusesReading: true,
    "Elements outside nodes are NODE, NOOP or LIST_END.")
  static let propertyOutside = LintRule(
    "property-outside", .error, refusesReading: true, "Properties and arcs stand inside a node.")
  static let nodeEndOutside = LintRule(
    "node-end-outside", .error, refusesReading: true, "A NODE_END closes a node.")
  static let nodeNotClosed = LintRule(
    "node-not-closed", .error, refusesReading: true, "Every node is closed by a NODE_END.")
  static let noListEnd = LintRule(
    "no-list-end", .error, refusesReading: true, "A LIST_END closes the node block.")
  static let afterListEnd = LintRule(
    "after-list-end", .error, refusesReading: true, "Nothing follows the LIST_END.")
  static let nodeLink = LintRule(
    "node-link", .error, refusesReading: true,
    "A NODE's value is the element index of the next NODE or of the LIST_END, or of a NOOP before it."
  )
  static let noRoot = LintRule(
    "no-root", .error, refusesReading: true, "The first node is of type root.")
  static let arcTarget = LintRule(
    "arc-target", .error, refusesReading: true,
    "An arc's value is the element index of a NODE (md-info also takes a NOOP that a NODE follows)."
  )
  static let arcTargetNoOperation = LintRule(
    "arc-target-noop", .warning, "An arc's target is a NODE itself, not a NOOP before it.")
  static let nameRange = LintRule(
    "name-range", .error, refusesReading: true, "A name and its NUL lie inside the name block.")
  static let nameLength = LintRule(
    "name-length", .error, refusesReading: true,
    "An element's name length is the length of the stored name without its NUL, 1 to 255.")
  static let nameCharacters = LintRule(
    "name-characters", .error,
    "Names are visible ISO 8859-1 characters without blank / \\ ; [ ] @.")
  static let nameRepeated = LintRule(
    "name-repeated", .error,
    "Each name is stored once; elements of another copy are invisible to readers that compare keys."
  )
  static let namePadding = LintRule(
    "name-padding", .warning, "The bytes after the last name are zero and fewer than 16.")
  static let reservedBytes = LintRule(
    "reserved-bytes", .error,
    "The two reserved bytes of an element are zero; readers that compare keys miss others.")
  static let unusedFields = LintRule(
    "unused-fields", .warning, "All fields of NODE_END, LIST_END and NOOP but the tag are zero.")
  static let dataRange = LintRule(
    "data-range", .error, refusesReading: true,
    "The bytes of a string or data property lie inside the data block.")
  static let dataVolume = LintRule(
    "data-volume", .error, refusesReading: true,
    "Properties refer to no more bytes in all than the data block has, plus 64 MiB of sharing.")
  static let dataEmpty = LintRule(
    "data-empty", .error, "A data property is never empty; an empty list is an absent property.")
  static let dataAlignment = LintRule(
    "data-alignment", .warning, "Items of the data block start at multiples of 8 (all producers).")
  static let stringEnd = LintRule(
    "string-end", .error, refusesReading: true, "A string property ends with its NUL.")
  static let stringNul = LintRule(
    "string-nul", .error, "A string property has no NUL before its end.")

  /// The rules of the binary form.
  static let binaryForm: [LintRule] = [
    headerTruncated, unsupportedMajor, minorVersion, truncated, trailingBytes, nodeBlockSize,
    nameBlockSize, dataBlockSize, totalSize, unknownTag, unknownTagOutside, propertyOutside,
    nodeEndOutside, nodeNotClosed, noListEnd, afterListEnd, nodeLink, noRoot, arcTarget,
    arcTargetNoOperation, nameRange, nameLength, nameCharacters, nameRepeated, namePadding,
    reservedBytes, unusedFields, dataRange, dataVolume, dataEmpty, dataAlignment, stringEnd,
    stringNul,
  ]
}
