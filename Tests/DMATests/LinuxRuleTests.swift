import DMA
import Hypervisor
import Sun4v
import Testing

/// Linux's rules for sun4v (arch/sparc/kernel/pci_sun4v.c), each by its name.
@Suite struct LinuxRuleTests {
  @Test(
    arguments: [
      (0, 1, 1), (0, 8192, 1), (0, 8193, 2), (0x1ffe, 4, 2), (8191, 1, 1), (100, 16384, 3),
    ] as [(UInt64, UInt64, UInt64)])
  func pageCountIsThePagesTouched(offset: UInt64, length: UInt64, pages: UInt64) throws {
    var setup = try DriverFixture()
    let handle = try setup.single(offset, length)
    #expect(setup.driver.statistics.usedPages == pages)
    #expect(setup.validEntries == Int(pages))
    #expect(try setup.driver.address(of: handle).rawValue & 8191 == offset)
    try setup.driver.unmap(setup.port, handle)
    #expect(setup.validEntries == 0)
    #expect(setup.driver.statistics.usedPages == 0)
  }

  @Test func addressIsBasePlusEntryPlusOffset() throws {
    var setup = try DriverFixture(space: 0)
    setup.driver.add(.privatePart, window: 0, firstIndex: 5, pages: 1)
    let handle = try setup.single(0x123, 16)
    #expect(try setup.driver.address(of: handle).rawValue == 0x8000_0000 + 5 * 8192 + 0x123)
  }

  @Test(arguments: DMADirection.allCases)
  func directionGivesThePermissions(direction: DMADirection) throws {
    var setup = try DriverFixture(.atu)
    let handle = try setup.single(0, 8192, direction)
    let address = try setup.driver.address(of: handle)
    var state = setup.hypervisor.state
    let network = DriverFixture.network
    let read = state.deviceRead(setup.bus, requester: network, address, count: 8)
    #expect((read.fault == nil) == direction.deviceReads)
    let wrote = [UInt8](repeating: 1, count: 8).withUnsafeBytes {
      state.deviceWrite(setup.bus, requester: network, address, from: $0)
    }
    #expect((wrote.fault == nil) == direction.deviceWrites)
  }

  @Test func piecesThatFollowEachOtherAreMerged() throws {
    var setup = try DriverFixture()
    let handle = try setup.scatter([(0, 8192), (65536, 8192), (32768, 100)])
    let segments = try setup.driver.segments(of: handle)
    #expect(segments.map(\.length) == [16484])
  }

  @Test func piecesThatDoNotFollowEachOtherAreNot() throws {
    var setup = try DriverFixture()
    let handle = try setup.scatter([(0, 4096), (65536, 8192), (32768 + 8, 100)])
    #expect(try setup.driver.segments(of: handle).map(\.length) == [4096, 8192, 100])
  }

  @Test func mergingStopsAtTheLongestSegment() throws {
    var setup = try DriverFixture()
    try setup.limit { $0.maximumSegment = 16384 }
    let handle = try setup.scatter([(0, 8192), (16384, 8192), (32768, 8192)])
    #expect(try setup.driver.segments(of: handle).map(\.length) == [16384, 8192])
  }

  @Test func segmentsAreThoseOfTheLimitsWhenTheListWasMapped() throws {
    var setup = try DriverFixture()
    let handle = try setup.scatter([(0, 8192), (16384, 8192), (32768, 8192)])
    try setup.limit { $0.maximumSegment = 8192 }
    #expect(try setup.driver.segments(of: handle).map(\.length) == [24576])
    #expect(try setup.driver.firstSegment(of: handle)?.length == 24576)
    let later = try setup.scatter([(0, 8192), (16384, 8192), (32768, 8192)])
    #expect(try setup.driver.segments(of: later).map(\.length) == [8192, 8192, 8192])
    #expect(
      try setup.driver.firstSegment(of: later) == setup.driver.segments(of: later).first)
  }

  @Test func aPieceLongerThanTheLongestSegmentIsNotDivided() throws {
    var setup = try DriverFixture()
    try setup.limit { $0.maximumSegment = 8192 }
    let handle = try setup.scatter([(0, 32768), (65536, 8192)])
    #expect(try setup.driver.segments(of: handle).map(\.length) == [32768, 8192])
  }

  @Test func mergingStopsAtTheBoundary() throws {
    var setup = try DriverFixture()
    try setup.limit { $0.boundary = 16384 }
    let handle = try setup.scatter([(0, 8192), (16384, 8192), (32768, 8192), (49152, 8192)])
    for segment in try setup.driver.segments(of: handle) {
      let last = segment.address.rawValue + segment.length - 1
      #expect(segment.address.rawValue >> 14 == last >> 14)
    }
    #expect(setup.validEntries == 4)
    try setup.driver.unmap(setup.port, handle)
    #expect(setup.validEntries == 0)
  }

  @Test func aRangeDoesNotCrossTheBoundary() throws {
    var setup = try DriverFixture()
    try setup.limit { $0.boundary = 65536 }
    for _ in 0..<20 {
      let handle = try setup.single(0, 5 * 8192)
      let first = try setup.driver.address(of: handle).rawValue
      #expect(first >> 16 == (first + 5 * 8192 - 1) >> 16)
    }
  }

  @Test func aPieceOfZeroBytesIsSkippedAndBreaksContiguity() throws {
    var setup = try DriverFixture()
    let handle = try setup.scatter([(0, 8192), (8192, 0), (16384, 8192)])
    let segments = try setup.driver.segments(of: handle)
    #expect(segments.map(\.length) == [8192, 8192])
    #expect(segments[1].address.rawValue == segments[0].address.rawValue + 8192)
    #expect(setup.validEntries == 2)
  }

  @Test func coherentMemoryIsOneRangeForReadingAndWriting() throws {
    var setup = try DriverFixture(.atu)
    let handle = try setup.single(0, 3 * 8192, .bidirectional)
    let address = try setup.driver.address(of: handle)
    let read = setup.hypervisor.state.translation(
      setup.bus, requester: DriverFixture.network, address, .read)
    let write = setup.hypervisor.state.translation(
      setup.bus, requester: DriverFixture.network, address, .write)
    #expect(throws: Never.self) { try (read?.get(), write?.get()) }
  }

  @Test func aMaskIsSupportedWhereItCoversTheWindowsSize() throws {
    let setup = try DriverFixture()
    #expect(setup.driver.supportsMask(DVMAAddress(0xffff_ffff), window: 0))
    #expect(setup.driver.supportsMask(DVMAAddress(0x7fff_ffff), window: 0))
    #expect(!setup.driver.supportsMask(DVMAAddress(0x3fff_ffff), window: 0))
  }

  @Test func aWideMaskChoosesTheTableOf64BitAddresses() throws {
    var setup = try DriverFixture(.atu)
    try setup.limit { $0.highestAddress = DVMAAddress(.max) }
    #expect(setup.driver.wantsTable(setup.device))
    let base = DVMAAddress(0x20_0000_0000)
    try setup.driver.supplyTable(
      setup.port, for: setup.device,
      TablePlan(base: base, entries: 4096, memory: RealAddress(0x8100_0000)))
    try setup.driver.bindTable(setup.port, setup.device)
    let wide = try setup.single(0x10, 100, .toDevice)
    #expect(try setup.driver.address(of: wide).rawValue >= base.rawValue)
    #expect(setup.validEntries == 0)
    setup.port.write(RealAddress(DriverFixture.buffers.rawValue + 0x10), Array("wide".utf8))
    var state = setup.hypervisor.state
    let seen = state.deviceRead(
      setup.bus, requester: DriverFixture.network, try setup.driver.address(of: wide), count: 4)
    #expect(seen.bytes == Array("wide".utf8))
    try setup.limit { $0.highestAddress = DVMAAddress(0xffff_ffff) }
    let narrow = try setup.single(0, 100)
    #expect(try setup.driver.address(of: narrow).rawValue <= 0xffff_ffff)
    #expect(setup.validEntries == 1)
    try setup.driver.unmap(setup.port, wide)
    try setup.driver.unmap(setup.port, narrow)
    #expect(setup.driver.checkInvariants().isEmpty)
  }

  @Test func aTableThatIsRefusedLeavesTheWindow() throws {
    var setup = try DriverFixture(.atu)
    try setup.limit { $0.highestAddress = DVMAAddress(.max) }
    let bad = TablePlan(
      base: DVMAAddress(0x20_0000_0000), entries: 4096, memory: RealAddress(0x1_0000_0000))
    #expect(throws: DMAError.self) {
      try setup.driver.supplyTable(setup.port, for: setup.device, bad)
    }
    let handle = try setup.single(0, 100)
    #expect(try setup.driver.address(of: handle).rawValue <= 0xffff_ffff)
  }

  @Test func aFailureInTheMiddleLeavesNothingBehind() throws {
    var setup = try DriverFixture()
    let before = setup.driver
    // The last pages lie beyond the domain's memory; more than one call's worth come before them.
    let end = DriverFixture.memory.rawValue + DriverFixture.memorySize
    let piece = MemoryPiece(address: RealAddress(end - 100 * 8192), length: 110 * 8192)
    let error = #expect(throws: DMAError.self) {
      try setup.driver.mapSingle(setup.port, device: setup.device, piece, .bidirectional)
    }
    #expect(error?.code == .hypercall && error?.status == .noRealAddress)
    #expect(throws: DMAError.self) {
      try setup.driver.mapScatter(
        setup.port, device: setup.device, [DriverFixture.piece(0, 8192), piece], .bidirectional)
    }
    #expect(setup.validEntries == 0)
    #expect(setup.driver.statistics == before.statistics)
    #expect(setup.driver.checkInvariants().isEmpty)
  }
}
