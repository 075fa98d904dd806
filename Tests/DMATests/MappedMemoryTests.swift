import Sun4v
import Testing

@testable import DMA

/// Whether memory is mapped, asked before it is freed.
@Suite struct MappedMemoryTests {
  private static let page: UInt64 = 8192

  private static func meet(_ a: MemoryPiece, _ b: MemoryPiece) -> Bool {
    a.address.rawValue < b.address.rawValue + b.length
      && b.address.rawValue < a.address.rawValue + a.length
  }

  private struct Live {
    let handle: DMAHandle
    let pieces: [MemoryPiece]
  }

  /// Pieces of whole pages, so that to be on a piece's pages and to meet it are the same; of one list none
  /// overlap.
  private static func pieces(_ chance: inout SeededGenerator) -> [MemoryPiece] {
    (0...chance.below(4)).map { part in
      DriverFixture.piece(
        UInt64(part * 100 + chance.below(97)) * page, UInt64(1 + chance.below(4)) * page)
    }
  }

  /// The answer comes from looking through the mappings or from a count of pages; in phases in which it is
  /// asked for often, and not at all, so that the count is made, kept up to date, and forgotten.
  @Test(arguments: [UInt64(1), 2, 3]) func theAnswerIsThatOfTheMappings(seed: UInt64) throws {
    var setup = try DriverFixture(space: 4096)
    try setup.driver.configure(CacheConfiguration(batchPages: 64, idlePages: 4096))
    var chance = SeededGenerator(seed: seed)
    var live: [Live] = []
    for step in 0..<12_000 {
      let isAsking = step / 2000 % 2 == 0
      switch chance.below(isAsking ? 4 : 2) {
      case 0 where live.count < 60:
        let pieces = Self.pieces(&chance)
        let made =
          pieces.count == 1
          ? try setup.driver.mapSingle(
            setup.port, device: setup.device, pieces[0], .bidirectional)
          : try setup.driver.mapScatter(
            setup.port, device: setup.device, pieces, .bidirectional)
        live.append(Live(handle: try setup.handle(made), pieces: pieces))
      case 0, 1:
        guard !live.isEmpty else { continue }
        let gone = live.remove(at: Int(chance.below(UInt32(live.count))))
        try setup.driver.unmap(setup.port, gone.handle)
      default:
        let asked = DriverFixture.piece(
          UInt64(chance.below(400)) * Self.page, UInt64(1 + chance.below(8)) * Self.page)
        let isMapped = live.contains { $0.pieces.contains { Self.meet($0, asked) } }
        let answer = setup.driver.mapping(over: asked)
        #expect((answer != nil) == isMapped, "step \(step)")
      }
      if step % 500 == 0 { #expect(setup.driver.checkInvariants().isEmpty) }
    }
    #expect(setup.driver.checkInvariants().isEmpty)
  }

  /// A mapping of 2000 pages is not counted page by page for one among few.
  @Test func longMappingsAreNotCounted() throws {
    var setup = try DriverFixture(space: 200_000)
    let size = 2000 * Self.page
    var handles: [DMAHandle] = []
    for _ in 0..<80 { handles.append(try setup.single(0, size)) }
    for _ in 0..<100 {
      #expect(setup.driver.mapping(over: DriverFixture.piece(size, Self.page)) == nil)
      #expect(setup.driver.mapping(over: DriverFixture.piece(size - Self.page, 1)) != nil)
    }
    #expect(!setup.driver.mappedPages.isKept)
    // With few of them the count is worth its room, until more come.
    for handle in handles.dropFirst(2) { try setup.driver.unmap(setup.port, handle) }
    for _ in 0..<100 {
      #expect(setup.driver.mapping(over: DriverFixture.piece(size, Self.page)) == nil)
    }
    #expect(setup.driver.mappedPages.isKept && setup.driver.checkInvariants().isEmpty)
    for _ in 0..<78 { _ = try setup.single(0, size) }
    #expect(!setup.driver.mappedPages.isKept && setup.driver.checkInvariants().isEmpty)
    #expect(setup.driver.mapping(over: DriverFixture.piece(0, 1)) != nil)
  }

  @Test func aDriverIsTheSameWhateverItWasAsked() throws {
    var setup = try DriverFixture()
    _ = try setup.single(0, 8192)
    let before = setup.driver
    for _ in 0..<100 {
      #expect(setup.driver.mapping(over: DriverFixture.piece(8192, 8192)) == nil)
    }
    #expect(setup.driver == before && setup.driver.hashValue == before.hashValue)
    #expect(setup.driver.mapping(over: DriverFixture.piece(0, 1)) != nil)
  }

  @Test func anObjectInWindowsIsMappedAsAWhole() throws {
    var setup = try DriverFixture()
    var limits = setup.driver.limits(of: setup.device)
    limits.maximumSegment = 8192
    try setup.driver.setLimits(limits, of: setup.device)
    let step = try setup.driver.mapWindows(
      setup.port, device: setup.device, DriverFixture.piece(0, 4 * 8192), .toDevice, partial: true)
    let handle = try setup.handle(step)
    for _ in 0..<50 {
      #expect(setup.driver.mapping(over: DriverFixture.piece(3 * 8192, 8192)) != nil)
      #expect(setup.driver.mapping(over: DriverFixture.piece(4 * 8192, 8192)) == nil)
    }
    try setup.driver.unmap(setup.port, handle)
    #expect(setup.driver.mapping(over: DriverFixture.piece(3 * 8192, 8192)) == nil)
  }
}
