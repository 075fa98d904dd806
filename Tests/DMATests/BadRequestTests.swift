import DMA
import Hypervisor
import Sun4v
import Testing

/// Bad input gives an error with the reason, and changes nothing.
@Suite struct BadRequestTests {
  @Test(
    arguments: [
      (0, 0), (.max - DriverFixture.buffers.rawValue, 2), (0, .max), (0, 1 << 40),
    ] as [(UInt64, UInt64)])
  func badPiecesAreRefused(offset: UInt64, length: UInt64) throws {
    var setup = try DriverFixture()
    let before = setup.driver
    let piece = DriverFixture.piece(offset, length)
    #expect(throws: DMAError.self) {
      try setup.driver.mapSingle(setup.port, device: setup.device, piece, .toDevice)
    }
    #expect(throws: DMAError.self) {
      try setup.driver.mapScatter(setup.port, device: setup.device, [piece], .toDevice)
    }
    #expect(throws: DMAError.self) {
      try setup.driver.mapWindows(
        setup.port, device: setup.device, piece, .toDevice, partial: length != 1 << 40)
    }
    #expect(setup.driver == before)
    #expect(setup.validEntries == 0)
  }

  @Test func badListsAreRefused() throws {
    var setup = try DriverFixture()
    let before = setup.driver
    let lists: [[(UInt64, UInt64)]] = [
      [], [(0, 0)], [(0, 0), (8192, 0)], [(0, 8192), (4096, 8192)], [(100, 1), (100, 1)],
      [(8192, 100), (0, 8193)], [(0, 8192), (0, .max)], [(0, 1 << 63), (1 << 40, 1 << 63)],
    ]
    for list in lists {
      let error = #expect(throws: DMAError.self) { try setup.scatter(list) }
      #expect(error?.code == .invalidArgument)
    }
    #expect(setup.driver == before)
  }

  @Test(arguments: [
    "mask below the window", "a boundary below a page", "a boundary of no power of two",
    "an alignment of no power of two", "no alignment", "no segment", "no list",
    "a segment beyond the mask",
  ])
  func badLimitsAreRefused(what: String) throws {
    var setup = try DriverFixture()
    let before = setup.driver
    let error = #expect(throws: DMAError.self) {
      try setup.limit {
        switch what {
        case "mask below the window": $0.highestAddress = DVMAAddress(0xff_ffff)
        case "a boundary below a page": $0.boundary = 4096
        case "a boundary of no power of two": $0.boundary = 3 << 13
        case "an alignment of no power of two": $0.alignment = 12288
        case "no alignment": $0.alignment = 0
        case "no segment": $0.maximumSegment = 0
        case "no list": $0.maximumSegments = 0
        default: $0.maximumSegment = 1 << 40
        }
      }
    }
    #expect(error?.code == .invalidArgument)
    #expect(setup.driver == before)
  }

  @Test func aMaskInsideTheWindowKeepsRangesBelowIt() throws {
    var setup = try DriverFixture(space: 0)
    try setup.limit { $0.highestAddress = DVMAAddress(0x8000_ffff) }
    setup.driver.add(.privatePart, window: 0, firstIndex: 4, pages: 64)
    for _ in 4..<8 {
      let handle = try setup.single(0, 8192)
      #expect(try setup.driver.address(of: handle).rawValue + 8191 <= 0x8000_ffff)
    }
    let step = try setup.driver.mapSingle(
      setup.port, device: setup.device, DriverFixture.piece(0, 8192), .toDevice)
    guard case .needsSpace(let wanted) = step else {
      Issue.record("a page beyond the mask was given")
      return
    }
    #expect(wanted.highestAddress.rawValue == 0x8000_ffff)
  }

  @Test func unmappingTwiceIsStale() throws {
    var setup = try DriverFixture()
    let handle = try setup.single(0, 100)
    try setup.driver.unmap(setup.port, handle)
    let other = try setup.single(0, 100)
    let before = setup.driver
    let error = #expect(throws: DMAError.self) { try setup.driver.unmap(setup.port, handle) }
    #expect(error?.code == .stale)
    #expect(throws: DMAError.self) {
      try setup.driver.sync(setup.port, handle, for: .processor)
    }
    #expect(setup.driver == before)
    #expect(setup.driver.isLive(other) && !setup.driver.isLive(handle))
  }

  @Test func aHandleOfAnotherBootIsStale() throws {
    var setup = try DriverFixture()
    let handle = try setup.single(0, 100)
    var next = GuestDMA(
      incarnation: 2, windows: setup.driver.windows, listAddress: DriverFixture.memory)
    #expect(throws: DMAError.self) { try next.unmap(setup.port, handle) }
  }

  @Test func anUnknownRootComplexIsRefused() throws {
    var setup = try DriverFixture()
    #expect(throws: DMAError.self) {
      try setup.driver.device(DriverFixture.network, on: DeviceHandle(rawValue: 0x7c0))
    }
  }

  /// Random operations against a plain model of what is mapped.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func randomOperationsKeepTheSums(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var setup = try DriverFixture(space: 128)
    try setup.limit { $0.boundary = seed == 2 ? 65536 : 1 << 32 }
    var live: [DMAHandle] = []
    for _ in 0..<2000 {
      let offset = UInt64.random(in: 0..<65536, using: &generator)
      let length = UInt64.random(in: 0..<40000, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0, 1:
        if case .mapped(let handle, _)? = try? setup.driver.mapSingle(
          setup.port, device: setup.device, DriverFixture.piece(offset, length), .toDevice)
        {
          live.append(handle)
        }
      case 2:
        let pieces = (0..<5).map { DriverFixture.piece(UInt64($0) * 65536 + offset, length) }
        if case .mapped(let handle, _)? = try? setup.driver.mapScatter(
          setup.port, device: setup.device, pieces, .fromDevice)
        {
          live.append(handle)
        }
      default:
        guard let handle = live.randomElement(using: &generator) else { continue }
        _ = try? setup.driver.unmap(setup.port, handle)
        if Bool.random(using: &generator) { live.removeAll { $0 == handle } }
      }
    }
    let broken = setup.driver.checkInvariants()
    #expect(broken.isEmpty, "\(broken)")
    #expect(setup.validEntries == Int(setup.driver.statistics.usedPages))
    for handle in live { _ = try? setup.driver.unmap(setup.port, handle) }
    #expect(setup.validEntries == 0 && setup.driver.statistics.live == 0)
  }
}
