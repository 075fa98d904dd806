import MachineDescription
import Sun4v
import TestSupport
import Testing

@Suite struct BinaryTests {
  @Test(
    .enabled(if: Repository.hasShared, .init(rawValue: Repository.sharedMissing)),
    arguments: RealFile.allCases)
  func realFilesGiveTheirJSONAndTheirBytesAgain(file: RealFile) throws {
    let decoded = try DecodedMachineDescription(bytes: file.bytes())
    // The expected form also has the digest of the file, which is not ours to compute.
    let expected = try file.json().split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.contains("\"sha256\"") }.joined(separator: "\n")
    #expect(decoded.json(file: "\(file.rawValue).bin") == expected)
    #expect(try decoded.description.encoded() == file.bytes())
  }

  @Test func aGraphComesBackAsItWasWritten() throws {
    let description = Fixture.small()
    let bytes = try description.encoded()
    #expect(try MachineDescription(bytes: bytes) == description)
    #expect(bytes.count == 16 + 16 * 22 + 112 + 48)
  }

  @Test func randomGraphsComeBackAsTheyWereWritten() throws {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<2000 {
      let description = Fixture.random(using: &generator)
      #expect(try MachineDescription(bytes: description.encoded()) == description)
    }
  }

  @Test func theRootMovesToTheFrontAndArcsFollow() throws {
    var description = MachineDescription()
    let first = description.addNode("memory")
    let root = description.addNode("root")
    let last = description.addNode("cpus")
    description.join(root, first)
    description.join(root, last)
    let read = try MachineDescription(bytes: description.encoded())
    #expect(read.nodes.map(\.type) == ["root", "memory", "cpus"])
    #expect(read.root?.children.map(\.type) == ["memory", "cpus"])
    #expect(read.nodes(ofType: "memory").first?.parents.map(\.type) == ["root"])
  }

  @Test func lookupsAnswerByKind() throws {
    let platform = try #require(Fixture.small().nodes(ofType: "platform").first)
    #expect(platform.integer("stick-frequency") == 100_000_000)
    #expect(platform.string("name") == "SUNW,machine")
    #expect(platform.strings("features") == ["one", "two"])
    #expect(platform.strings("name") == ["SUNW,machine"])
    #expect(platform.integer("name") == nil)
    #expect(platform["fwd"] == nil)
    #expect(MachineDescription.Value.data(words: [1, .max]).words == [1, .max])
    #expect(MachineDescription.Value.data([1, 2]).words == nil)
    #expect(MachineDescription.Value.data([0x61, 0, 0]).strings == nil)
  }

  @Test func whatCannotBeWrittenIsRefused() {
    func code(_ node: MachineDescription.Node) -> BinaryWriteError.Code? {
      do {
        _ = try MachineDescription(nodes: [node]).encoded()
        return nil
      } catch { return error.code }
    }
    #expect(code(.init("memory")) == .noRoot)
    #expect(code(.init("root", [.init("", .integer(1))])) == .name)
    #expect(code(.init("root", [.init(String(repeating: "n", count: 256), .integer(1))])) == .name)
    #expect(code(.init("root", [.init(String(repeating: "n", count: 255), .integer(1))])) == nil)
    #expect(code(.init("root", [.init("\u{20ac}", .integer(1))])) == .name)
    #expect(code(.init("root", [.init("a\0b", .integer(1))])) == .name)
    #expect(code(.init("root", [.init("s", .string("\u{20ac}"))])) == .string)
    #expect(code(.init("root", [.init("fwd", .arc(.init(1)))])) == .arcTarget)
    #expect(code(.init("root", [.init("fwd", .arc(.init(-1)))])) == .arcTarget)
  }

  @Test func theJSONFormBeginsWithFileAndSize() throws {
    let json = try DecodedMachineDescription(bytes: Fixture.small().encoded()).json(file: "x")
    #expect(json.hasPrefix("{\n \"file\": \"x\",\n \"bytes\": "))
  }

  @Test(arguments: [0, 1, 15, 16])
  func shortFilesAreTruncated(count: Int) throws {
    let bytes = Array(try Fixture.small().encoded().prefix(count))
    #expect {
      try MachineDescription(bytes: bytes)
    } throws: { error in
      let error = error as? BinaryReadError
      return error?.code == (count < 16 ? "truncated-header" : "truncated")
        && error?.offset == count
    }
  }

  @Test func anyBytesGiveAGraphOrOneError() throws {
    var generator = SeededGenerator(seed: 42)
    var originals = [
      try Fixture.small().encoded(), try Fixture.random(using: &generator).encoded(),
    ]
    if Repository.hasShared {
      originals += try RealFile.allCases.map { try $0.bytes() }.filter { $0.count < 3000 }
    }
    var readable = 0
    for round in 0..<20_000 {
      let bytes = originals[round % originals.count].mutated(using: &generator)
      do {
        let description = try MachineDescription(bytes: bytes)
        readable += 1
        if round % 10 == 0 {
          #expect(try MachineDescription(bytes: description.encoded()) == description)
        }
      } catch let error as BinaryReadError {
        #expect(error.offset >= 0 && error.offset <= bytes.count)
      }
    }
    #expect(readable > 100 && readable < 19_000)
    for _ in 0..<5000 {
      let bytes =
        [0, 1, 0, 0] + (0..<generator.below(200)).map { _ in UInt8(generator.below(256)) }
      #expect(throws: BinaryReadError.self) { try MachineDescription(bytes: bytes) }
    }
  }

  @Test func sharedDataIsReadOnlyUpToALimit() throws {
    var elements: [UInt8] = []
    let block: UInt32 = 1 << 20
    let count = 200
    elements +=
      Element(
        tag: .node, nameLength: 4, nameOffset: 0, value: UInt64(count + 2)
      ).bytes
    for _ in 0..<count {
      elements +=
        Element(
          tag: .data, nameLength: 4, nameOffset: 0, dataLength: block, dataOffset: 0
        ).bytes
    }
    elements += Element(tag: .nodeEnd).bytes + Element(tag: .listEnd).bytes
    let header = BinaryHeader(
      nodeBlockSize: UInt32(elements.count), nameBlockSize: 16, dataBlockSize: block)
    let bytes =
      header.bytes + elements + Array("root".utf8) + [UInt8](repeating: 0, count: 12 + Int(block))
    #expect {
      try MachineDescription(bytes: bytes)
    } throws: { error in
      (error as? BinaryReadError)?.code == "data-volume"
    }
  }
}
