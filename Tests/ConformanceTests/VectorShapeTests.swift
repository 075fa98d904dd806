import Conformance
import Testing

/// Doubles a number: enough of a subject to see what the common shape does with its cases.
private struct DoublingRunner: VectorRunner {
  func accepts(_ vector: VectorCase) -> Bool { vector.operation == "double" }

  func run(_ vector: VectorCase) throws -> JSONValue {
    let input = try vector.fields.object("input")
    _ = try input.string("op")
    let number = try input.number("number")
    return ["ok": true, "result": .unsigned(number &* 2), "parts": .array([.unsigned(number)])]
  }
}

@Suite struct VectorShapeTests {
  private func outcome(_ input: String, expect: String) throws -> VectorResult {
    let file = #"[{"id": "a", "given": "x", "input": \#(input), "expect": \#(expect)}]"#
    return try #require(
      try Conformance.run(file: Array(file.utf8), runners: [DoublingRunner()]).first)
  }

  @Test(arguments: [
    (#"{"result": 6}"#, true), (#"{"result": "0x6"}"#, true), (#"{"result": "0x06"}"#, true),
    (#"{"result": "6"}"#, false), (#"{"result": 7}"#, false), (#"{"other": 6}"#, false),
    (#"{"parts": [3]}"#, true), (#"{"parts": [3, 3]}"#, false), (#"{"ok": 1}"#, false),
    (#"{"any_of": [{"result": 7}, {"result": 6}]}"#, true),
    (#"{"any_of": [{"result": 7}, {"result": 8}]}"#, false),
    (#"{"any_of": []}"#, false),
    (#"{"any_of": [{"result": 6}], "ok": true}"#, false),
  ])
  func comparesWhatIsExpected(expect: String, passes: Bool) throws {
    let result = try outcome(#"{"op": "double", "number": 3}"#, expect: expect)
    #expect(result.passed == passes)
  }

  @Test func aFieldThatNobodyReadFailsTheCase() throws {
    let result = try outcome(
      #"{"op": "double", "number": 3, "twice": true}"#, expect: #"{"result": 6}"#)
    #expect(!result.passed)
    #expect(result.actual.contains("input.twice"))
  }

  @Test func aMissingFieldAndAnUnknownOperationAreNamed() throws {
    let missing = try outcome(#"{"op": "double"}"#, expect: #"{"result": 6}"#)
    #expect(!missing.passed && missing.actual.contains("input.number is missing"))
    let unknown = try outcome(#"{"op": "halve", "number": 3}"#, expect: #"{"result": 6}"#)
    #expect(!unknown.passed && unknown.actual.contains("halve"))
  }

  @Test func aFileThatIsNoListIsRefused() {
    #expect(throws: VectorError.self) { try Conformance.run(file: Array("{}".utf8)) }
    #expect(throws: VectorError.self) { try Conformance.run(file: Array("[".utf8)) }
  }

  @Test func hexadecimalDigitsComeInPairs() {
    #expect([UInt8](hexadecimalDigits: "00fF") == [0, 255])
    #expect([UInt8](hexadecimalDigits: "0") == nil)
    #expect([UInt8](hexadecimalDigits: "0g") == nil)
    #expect(([0, 0xab] as [UInt8]).hexadecimalDigits == "00ab")
  }
}
