import FoundationEssentials

/// A vector file: a JSON list of cases.
public struct VectorFile: Sendable {
  /// The cases, unexamined, in the order of the file.
  public let cases: [JSONValue]

  /// Reads a file's bytes; throws `VectorError` where they are not a JSON list.
  public init(bytes: some Sequence<UInt8>) throws {
    do {
      cases = try JSONDecoder().decode([JSONValue].self, from: Data(bytes))
    } catch {
      throw VectorError("not a JSON list of cases")
    }
  }
}
