import Foundation
import MachineDescription
import Sun4v
import TestSupport
import Testing

@Suite struct TextTests {
  private func compile(
    _ text: String, files: [String: String] = [:]
  ) throws(CompileError) -> MachineDescription {
    try MachineDescription(text: Array(text.utf8), file: "main") { name, _ in
      files[name].map { IncludedFile(name: name, bytes: Array($0.utf8)) }
    }
  }

  /// The value of property `x` of a root with one statement.
  private func value(
    _ statement: String, before: String = ""
  ) throws(CompileError) -> MachineDescription.Value? {
    try compile("\(before)\nnode root root { \(statement) }").root?["x"]
  }

  @Test(
    .enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)),
    arguments: RealFile.allCases)
  func theDumpOfARealFileCompilesToItsBytes(file: RealFile) throws {
    let text = try file.description().text
    let compiled = try MachineDescription(text: Array(text.utf8), file: file.rawValue)
    #expect(try compiled.encoded() == file.bytes())
  }

  @Test func theDumpReadsWell() throws {
    #expect(
      Fixture.small().text.hasPrefix(
        """
        node root root {
        \tcontent-version = "1.0";
        \tfwd -> memory;
        \tfwd -> platform;
        }

        node memory memory {
        \tback -> root;
        \tfwd -> mblock;
        }

        node mblock mblock {
        \tbase = 0x80000000;
        """))
    #expect(Fixture.small().text.contains("features = { \"one\", \"two\" };"))
  }

  @Test func randomGraphsSurviveTheirText() throws {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<2000 {
      let graph = Fixture.random(using: &generator)
      let text = Array(graph.text.utf8)
      #expect(try MachineDescription(text: text, file: "random") == graph)
    }
  }

  static let values: [(text: String, value: MachineDescription.Value)] = [
    ("x = 0;", .integer(0)), ("x = 512M;", .integer(512 << 20)), ("x = 2g;", .integer(2 << 30)),
    ("x = 4K;", .integer(4096)), ("x = -1;", .integer(.max)), ("x = 0xFF;", .integer(255)),
    ("x = 0xff;", .integer(255)), ("x = \"a\\n\\101\\q\";", .string("a\nAq")),
    ("x = { 0, 255, 0x1234, \"a\" };", .data([0, 255, 0x12, 0x34, 0x61, 0])),
    ("x = { \"a\" };", .data([0x61, 0])), ("x = { };", .data([])),
    ("x = 1, \"a\", { 2 };", .data([0, 0, 0, 0, 0, 0, 0, 1, 0x61, 0, 2])),
    ("x = (1 + 2 * 3);", .integer(9)), ("x = expr(1 << 4 | 1 - 2 ^ 1 & 0xe);", .integer(14)),
    ("x = (5 -2);", .integer(3)), ("x = (5 - 2);", .integer(3)),
    ("x = (~0 & 0xff);", .integer(255)),
    ("x = (~~5);", .integer(5)), ("x = (1 << 64);", .integer(0)), ("x = (0 - 1);", .integer(.max)),
    ("x = (\"a\" + \"b\");", .string("ab")), ("x = expr((1 + 1) * (2 + 2)];", .integer(8)),
    ("y = 7; x = lookup(root, y);", .integer(7)), ("x = 1; setprop(root, x, 2);", .integer(2)),
    ("y = \"a\"; x = (lookup(root, y) + \"b\");", .string("ab")),
    ("x = 1; setprop(root, x, \"a\", 1);", .data([0x61, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
    ("\"x\" = 1;", .integer(1)), ("x /* c */ = /* d */ 1; // e\n", .integer(1)),
  ]

  @Test(arguments: values)
  func valuesMeanWhatTheyMean(text: String, expected: MachineDescription.Value) throws {
    #expect(try value(text) == expected)
  }

  @Test func prototypesAreIncludedButNotWritten() throws {
    let graph = try compile(
      """
      proto cpu common { clock = 5; isa = "v9"; fwd -> root; }
      node cpu cpu0 { id = 0; include common; }
      node cpu cpu1 { id = 1; include common, isa; }
      node root root { fwd -> cpu0; fwd -> cpu1; }
      """)
    #expect(graph.nodes.map(\.type) == ["root", "cpu", "cpu"])
    #expect(graph.nodes[1].properties.map(\.name) == ["id", "clock", "isa", "fwd"])
    #expect(graph.nodes[2].properties.map(\.name) == ["id", "isa", "clock", "isa", "fwd"])
    #expect(graph.root?.children.compactMap { $0.integer("id") } == [0, 1])
    #expect(graph.view(.init(1))?.children.map(\.type) == ["root"])
  }

  @Test func thePreprocessorDoesItsPart() throws {
    let graph = try compile(
      """
      #include "common"
      #define SIZE 4096M
      #define BASE(n) (n * 0x10000000 + 0x80000000) /* not
         a line of its own */
      #define LONG 1, \\
         2
      #define QUOTE(v) "v is v"
      #define EMPTY
      #ifdef COMMON
      # 100 "elsewhere"
      node root root {
      	size = SIZE; base = BASE(3); long = LONG; quote = QUOTE(here); not = "SIZE";
      	name/**/-EMPTY/**/d = 1; pasted = 0x/**/1f; self = SELF;
      }
      #else
      node syntax error {{{
      #endif
      #undef SIZE
      #ifndef SIZE
      node late late { }
      #endif
      """,
      files: ["common": "#define COMMON\n#define SELF \"SELF\"\n#ifdef NOTHING\n#else\n#endif"])
    let root = try #require(graph.root)
    #expect(root.integer("size") == 4 << 30)
    #expect(root.integer("base") == 0xb000_0000)
    #expect(root.words("long") == [1, 2])
    #expect(root.string("quote") == "here is here")
    #expect(root.string("not") == "SIZE")
    #expect(root.integer("name-d") == 1)
    #expect(root.integer("pasted") == 0x1f)
    #expect(root.string("self") == "SELF")
    #expect(graph.nodes.count == 2)
  }

  static let faults: [(text: String, code: CompileError.Code, place: String)] = [
    ("node root root { x = 1 }", .syntax, "main:1:24"),
    ("node root root {\n  x 1;\n}", .syntax, "main:2:5"),
    ("node root root {\n  fwd-> root;\n}", .syntax, "main:2:3"),
    ("node root root { fwd -> none; }", .reference, "main:1:25"),
    ("node root root { x = lookup(none, y); }", .reference, "main:1:29"),
    ("node root root { x = lookup(root, y); }", .reference, "main:1:35"),
    ("node root root { include later; }\nnode later later { }", .reference, "main:1:26"),
    ("proto a a { }\nnode root root { fwd -> a; }", .reference, "main:2:25"),
    ("node root root { setprop(root, y, 1); }", .reference, "main:1:32"),
    ("node root root { x = 0xAb; }", .number, "main:1:22"),
    ("node root root { x = 012; }", .number, "main:1:22"),
    ("node root root { x = 0x12345678901234567; }", .number, "main:1:22"),
    ("node root root { x = 99999999999G; }", .number, "main:1:22"),
    ("node root root { x = 0x1K; }", .number, "main:1:22"),
    ("node root root { x = 1abc; }", .number, "main:1:22"),
    ("node root root { x = \"abc; }", .string, "main:1:22"),
    ("node root root { x = \"\\777\"; }", .string, "main:1:24"),
    ("node root root { x = (1 + \"a\"); }", .kind, "main:1:25"),
    ("node root root { x = (\"a\" - \"b\"); }", .kind, "main:1:27"),
    ("node root root { x = (1 +); }", .syntax, "main:1:26"),
    ("node root root { x = { 1 2 }; }", .syntax, "main:1:26"),
    ("node root root { x = {{1}}; }", .kind, "main:1:23"),
    ("node root root { y -> root; x = lookup(root, y); }", .kind, "main:1:46"),
    ("node root root { @ }", .character, "main:1:18"),
    ("node root root { x = 1 < 2; }", .character, "main:1:24"),
    ("#pragma x\n", .directive, "main:1:1"), ("#else\n", .directive, "main:1:1"),
    ("\n#ifdef A\n", .directive, "main:2:1"), ("#include \"gone\"\n", .include, "main:1:1"),
    ("#include <x>\n", .include, "main:1:1"), ("#define 1 2\n", .macro, "main:1:1"),
    ("#define F(a) a\nnode root root { x = F(1, 2); }", .macro, "main:2:22"),
    ("#define F(a) a\nnode root root { x = F(1", .macro, "main:2:23"),
    ("/* open", .syntax, "main:1:1"), ("node a a { }", .noRoot, "main:1:13"),
    ("", .noRoot, "main:1:1"), ("memory m { }", .syntax, "main:1:1"),
    ("# 7 \"other\"\nnode root root { x = ; }", .syntax, "other:7:22"),
    ("#include \"self\"", .limit, "self:1:1"),
    ("#include \"bad\"\n", .syntax, "bad:2:1"),
    ("#define A B B\n#define B C C\nnode root root { x = A; }", .syntax, "main:3:22"),
  ]

  @Test(arguments: faults)
  func faultsAreNamedWithTheirPlace(
    text: String, code: CompileError.Code, place: String
  ) throws {
    let files = ["self": "#include \"self\"\n", "bad": "\n}\n"]
    #expect {
      try compile(text, files: files)
    } throws: { error in
      let error = error as? CompileError
      return error?.code == code && error?.position.description == place
    }
  }

  @Test func textsThatGrowWithoutBoundAreRefused() throws {
    var macros = "#define M0 0, 0\n"
    for level in 1...40 { macros += "#define M\(level) M\(level - 1), M\(level - 1)\n" }
    var includes = "node a n0 { x = 1; }\n"
    for level in 1...40 {
      includes += "node a n\(level) { include n\(level - 1); include n\(level - 1); }\n"
    }
    var strings = "node root root { s0 = \"abcdefgh\";\n"
    for level in 1...40 {
      strings += "s\(level) = (lookup(root, s\(level - 1)) + lookup(root, s\(level - 1)));\n"
    }
    let deep = String(repeating: "(", count: 100_000)
    var chain = "#define C0 1\n"
    for level in 1...200 { chain += "#define C\(level) C\(level - 1)\n" }
    for text in [
      macros + "node root root { x = M40; }", includes, strings,
      "node root root { x = \(deep)", chain + "node root root { x = C200; }",
      String(repeating: "#ifndef A\n", count: 1000),
      String(repeating: " ", count: CompileLimit.text + 1),
    ] {
      #expect {
        try compile(text)
      } throws: { ($0 as? CompileError)?.code == .limit }
    }
    #expect(throws: CompileError.self) {
      try compile("node root root { x = " + String(repeating: "{", count: 100_000))
    }
    #expect(
      try compile("node root root { x = (\(String(repeating: "~", count: 100_001))0); }")
        .root?.integer("x") == .max)
  }

  @Test func anyTextGivesAGraphOrOneError() throws {
    var generator = SeededGenerator(seed: 3)
    let sources = [
      Fixture.small().text,
      """
      #define BASE(n) (0x8000 + n * 4K)
      #include "more"
      proto cpu p { a = 1, 2; b = { 1, "x" }; c = (1 + 2 << 3); }
      node cpu c0 { include p; include p, a; setprop(p, a, "y"); #msi = ~BASE(3); }
      #ifdef BASE
      node root root { fwd -> c0; x = lookup(c0, c); y = "q\\"\\101"; } // end
      #else
      #endif
      """,
    ].map { Array($0.utf8) }
    var compiled = 0
    for round in 0..<6000 {
      let text = sources[round % 2].mutated(using: &generator)
      do {
        let graph = try MachineDescription(text: text, file: "fuzz") { _, _ in
          IncludedFile(name: "more", bytes: Array("#define MORE 1\n".utf8))
        }
        compiled += 1
        if round % 8 == 0 {
          #expect(try MachineDescription(text: Array(graph.text.utf8), file: "again") == graph)
        }
      } catch {
        #expect(error.position.line >= 1 && !error.message.isEmpty)
      }
    }
    #expect(compiled > 100)
  }
}
