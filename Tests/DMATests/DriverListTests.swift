import DMA
import Hypervisor
import Sun4v
import Testing

@Suite("Lists that the driver of an IOMMU writes")
struct DriverListTests {
  private static let attributes = IOAttributes(read: true, write: true)

  /// A driver whose lists begin shortly before a 64 KiB boundary, where memory is in another piece.
  private static func driver(of setup: DriverFixture) -> IOMMUDriver {
    IOMMUDriver(
      handle: DriverFixture.handle, windowBase: setup.driver.windows[0].base, pageSize: .size8K,
      listAddress: RealAddress(DriverFixture.memory.rawValue + 0x1_0000 - 16))
  }

  @Test("Every page of a range and of a list is mapped to its entry")
  func everyPage() throws {
    let setup = try DriverFixture()
    let driver = Self.driver(of: setup)
    let buffers = DriverFixture.buffers.rawValue
    try driver.map(
      setup.port, at: 3, count: 150, memory: RealAddress(buffers), attributes: Self.attributes)
    let scattered = (0..<150).map { RealAddress(buffers + UInt64($0 * 37 % 150) << 13) }
    try driver.map(setup.port, at: 500, pages: scattered, attributes: Self.attributes)
    for page: UInt64 in 0..<150 {
      #expect(driver.mapping(setup.port, at: 3 + page)?.0.rawValue == buffers + page << 13)
      #expect(driver.mapping(setup.port, at: 500 + page)?.0 == scattered[Int(page)])
    }
    #expect(setup.validEntries == 300)
  }

  @Test("Every page of the pieces of a scatter list is mapped to its entry")
  func everyPageOfPieces() throws {
    var setup = try DriverFixture()
    let driver = Self.driver(of: setup)
    var pieces: [(UInt64, UInt64)] = [(100, 70 << 13), (0, 0), (1 << 20 | 8000, 400)]
    pieces += (0..<90).map { (place: UInt64) in ((200 + place * 2) << 13, 8192) }
    var expected: [UInt64] = (0...70).map { $0 << 13 }
    expected += [1 << 20, 1 << 20 | 1 << 13]
    expected += pieces.dropFirst(3).map { $0.0 }
    let handle = try setup.scatter(pieces)
    let address = try setup.driver.address(of: handle)
    let first = try #require(driver.index(of: address))
    #expect(address == DVMAAddress(driver.address(of: first).rawValue + 100))
    for (page, offset) in expected.enumerated() {
      #expect(
        driver.mapping(setup.port, at: first + UInt64(page))?.0.rawValue
          == DriverFixture.buffers.rawValue + offset)
    }
    #expect(setup.validEntries == expected.count)
    #expect(setup.driver.checkInvariants() == [])
    try setup.driver.unmap(setup.port, handle)
    #expect(setup.validEntries == 0)
  }

  @Test("A scatter list with a piece outside memory is mapped nowhere; the error names the page")
  func wholeListOrNot() throws {
    var setup = try DriverFixture()
    _ = try setup.driver.unmap(setup.port, setup.scatter([(0, 8192)]))
    let before = setup.driver
    let outside = 2 * DriverFixture.memorySize
    let error = #expect(throws: DMAError.self) {
      try setup.scatter([(0, 70 << 13), (outside, 2 << 13)])
    }
    #expect(error?.status == .noRealAddress)
    let refused = RealAddress(DriverFixture.buffers.rawValue + outside)
    #expect(error?.message.contains("for page 70, real address \(refused),") == true)
    #expect(setup.driver == before)
    #expect(setup.validEntries == 0)
  }

  @Test("A range that leaves memory after many pages is mapped nowhere")
  func wholeOrNot() throws {
    let setup = try DriverFixture()
    let driver = Self.driver(of: setup)
    let end = DriverFixture.memory.rawValue + DriverFixture.memorySize
    let error = #expect(throws: DMAError.self) {
      try driver.map(
        setup.port, at: 0, count: 120, memory: RealAddress(end - 100 << 13),
        attributes: Self.attributes)
    }
    #expect(error?.status == .noRealAddress)
    #expect(setup.validEntries == 0)
  }

  @Test("Where the list's page is not the domain's, nothing is mapped", arguments: [UInt64(1), 70])
  func noList(count: UInt64) throws {
    let setup = try DriverFixture()
    let driver = IOMMUDriver(
      handle: DriverFixture.handle, windowBase: setup.driver.windows[0].base, pageSize: .size8K,
      listAddress: RealAddress(0x10_0000))
    let error = #expect(throws: DMAError.self) {
      try driver.map(
        setup.port, at: 0, count: count, memory: DriverFixture.buffers,
        attributes: Self.attributes)
    }
    #expect(error?.status == .noRealAddress)
    #expect(setup.validEntries == 0)
  }
}
