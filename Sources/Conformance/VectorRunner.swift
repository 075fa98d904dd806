/// One case of a vector file: what it gives, the one thing it asks, and what it expects.
///
/// Not `Sendable`: it carries the record of which fields were read.
public struct VectorCase {
  /// The name of the case, unique within its file.
  public let id: String
  /// The fields of the case; `id`, `expect`, `source`, `note` and a textual `given` count as read.
  public let fields: VectorFields
  /// The outcomes that pass: one, or the alternatives of `expect.any_of`.
  public let expected: [JSONValue]

  /// What the case asks for: its `api`, or the `op` of its `input`; `nil` where it has neither.
  public var operation: String? {
    if case .string(let api)? = fields.has("api") ? fields.value("api") : nil { return api }
    guard case .object(let input)? = fields.has("input") ? fields.value("input") : nil,
      case .string(let operation)? = input["op"]
    else { return nil }
    return operation
  }

  /// Whether `input` has the field, for runners whose cases name no operation of their own.
  public func inputHas(_ key: String) -> Bool {
    guard case .object(let input)? = fields.value("input") else { return false }
    return input[key] != nil
  }

  /// Takes a case apart; throws where it lacks an id or an expectation.
  public init(_ value: JSONValue, position: Int) throws {
    guard case .object(let object) = value else {
      throw VectorError("case \(position) is not an object")
    }
    fields = VectorFields(object)
    id = try fields.string("id")
    _ = try fields.optionalString("source")
    _ = try fields.optionalString("note")
    if case .string? = object["given"] { _ = fields.value("given") }
    guard case .object(let expect)? = fields.value("expect") else {
      throw VectorError("\(id): expect is not an object")
    }
    guard let alternatives = expect["any_of"] else {
      expected = [.object(expect)]
      return
    }
    guard case .array(let outcomes) = alternatives, !outcomes.isEmpty, expect.count == 1 else {
      throw VectorError("\(id): expect.any_of is not a list of outcomes that stands alone")
    }
    expected = outcomes
  }
}

/// Runs the cases of one subject; one type and one file per subject, named in `Conformance.runners`.
public protocol VectorRunner: Sendable {
  /// Whether the case is of this subject, by its operation and the shape of its input.
  func accepts(_ vector: VectorCase) -> Bool

  /// Builds the state of the case, does what it asks, and returns all that can be compared.
  ///
  /// The result is an object with at least the keys that `expect` may have; only those that it has
  /// are compared. Read the case through `vector.fields`, so that unknown fields are noticed.
  /// Throws `VectorError` where the case cannot be run.
  func run(_ vector: VectorCase) throws -> JSONValue
}

/// What came of one case.
public struct VectorResult: Hashable, Sendable {
  /// The name of the case.
  public let id: String
  /// Whether an expected outcome was met and every field of the case was used.
  public let passed: Bool
  /// The outcomes that would have passed, as JSON.
  public let expected: String
  /// What happened, as JSON or as the message of an error.
  public let actual: String
}

/// The vectors: which runners there are, and running files with them.
public enum Conformance {
  /// Every runner; the first that accepts a case runs it.
  public static let runners: [any VectorRunner] = [
    MachineDescriptionVectors(),
    LDCLinkVectors(),
    DomainServicesVectors(),
    LDCVectors(),
    PCIVectors(),
    APIVersionVectors(),
  ]

  /// Runs every case of a file's bytes.
  ///
  /// Throws `VectorError` where the bytes are not a list of cases. A case that no runner accepts, that
  /// has a field the runner does not know, or that cannot be run, is a failed result. `beforeCase` is
  /// told the position of each case, from 0.
  public static func run(
    file bytes: some Sequence<UInt8>, runners: [any VectorRunner] = Conformance.runners,
    beforeCase: (Int) -> Void = { _ in }
  ) throws -> [VectorResult] {
    try VectorFile(bytes: bytes).cases.enumerated().map { position, value in
      beforeCase(position)
      return result(of: value, position: position, runners: runners)
    }
  }

  private static func result(
    of value: JSONValue, position: Int, runners: [any VectorRunner]
  ) -> VectorResult {
    do {
      let vector = try VectorCase(value, position: position)
      let expected = vector.expected.map(\.text).joined(separator: " or ")
      func failed(_ message: String) -> VectorResult {
        VectorResult(id: vector.id, passed: false, expected: expected, actual: message)
      }
      guard let runner = runners.first(where: { $0.accepts(vector) }) else {
        return failed("no runner knows \(vector.operation ?? "this kind of case")")
      }
      do {
        let actual = try runner.run(vector)
        try vector.fields.finish()
        return VectorResult(
          id: vector.id, passed: vector.expected.contains { actual.meets($0) }, expected: expected,
          actual: actual.text)
      } catch let error as VectorError {
        return failed(error.message)
      }
    } catch let error as VectorError {
      return VectorResult(
        id: "case \(position)", passed: false, expected: "a well-formed case",
        actual: error.message)
    } catch {
      return VectorResult(
        id: "case \(position)", passed: false, expected: "a case that runs",
        actual: "an error of type \(type(of: error))")
    }
  }
}
