import LuaRuntime
import Sun4v
import Testing

@testable import Shell

@Suite struct LineScanTests {
  @Test func findsTheCallAroundTheCursor() {
    let scan = LineScan("m:add_domain { name = \"x\", mem")
    #expect(scan.brackets.last?.callee == "m:add_domain")
    #expect(scan.string == nil)
    #expect(LineScan("m:add_domain({ na").brackets.last?.callee == "m:add_domain")
    #expect(LineScan("f(a)(").brackets.count == 1)
  }

  @Test func knowsStringsAndComments() {
    #expect(LineScan("f('a\\'b").string?.start == 3)
    #expect(LineScan("f('a') -- g(").isComment)
    #expect(LineScan("f('--'").string == nil)
    #expect(!LineScan("a - b").isComment)
  }

  @Test func takesPathsApart() throws {
    let path = try #require(TypedPath("m.domains[1]:ne"))
    #expect(path.steps == [.name("m"), .name("domains"), .index(1)])
    #expect(path.separator == ":")
    #expect(path.partial == "ne")
    #expect(TypedPath("t[\"a b\"].x")?.steps == [.name("t"), .name("a b")])
    #expect(TypedPath("") != nil)
    #expect(TypedPath("1x") == nil)
    #expect(TypedPath(".x") == nil)
    #expect(TypedPath("t[") == nil)
  }

  @Test(arguments: ["m:domain('x')", "m:domain 'x'", "m:domain { ')' }", "m:domain(f(1, \")\"))"])
  func takesCallsApart(call: String) {
    let scan = LineScan("x = \(call):ne")
    #expect(scan.pathStart(before: scan.bytes.count) == 4)
    #expect(TypedPath("\(call):ne")?.steps == [.name("m"), .name("domain"), .call])
    #expect(TypedPath(call) == nil)
    #expect(LineScan("\(call):f(").brackets.last?.callee == "\(call):f")
  }

  @Test(arguments: 0..<20) func survivesAnyText(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let alphabet = Array("ab.:[]{}()'\"\\-= \n1ü,;")
    for _ in 0..<200 {
      let text = String(
        (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
          alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
        })
      let scan = LineScan(text)
      let start = scan.pathStart(before: scan.bytes.count)
      #expect((0...scan.bytes.count).contains(start))
      if let path = TypedPath(String(decoding: scan.bytes[start...], as: UTF8.self)) {
        #expect(text.hasSuffix(path.partial))
      }
    }
  }
}
