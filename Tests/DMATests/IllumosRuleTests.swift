import DMA
import Hypervisor
import Sun4v
import Testing

/// illumos's rules for objects that are larger than the device takes (px_dma.c).
@Suite struct IllumosRuleTests {
  func map(
    _ setup: inout DriverFixture, _ offset: UInt64, _ length: UInt64, partial: Bool
  ) throws -> DMAHandle {
    try setup.handle(
      setup.driver.mapWindows(
        setup.port, device: setup.device, DriverFixture.piece(offset, length), .bidirectional,
        partial: partial))
  }

  @Test func anObjectThatFitsIsOneWindow() throws {
    var setup = try DriverFixture()
    let handle = try map(&setup, 100, 60000, partial: false)
    #expect(try setup.driver.windows(of: handle) == (1, 0))
    #expect(try setup.driver.length(of: handle) == 60000)
  }

  @Test func moreThanOneWindowNeedsConsent() throws {
    var setup = try DriverFixture()
    try setup.limit { $0.maximumSegment = 16384 }
    let error = #expect(throws: DMAError.self) { try map(&setup, 0, 40000, partial: false) }
    #expect(error?.code == .tooBig)
    #expect(setup.validEntries == 0 && setup.driver.statistics.usedPages == 0)
  }

  @Test(arguments: [(0, 16384), (16384, 0), (16384, 65536)] as [(UInt64, UInt64)])
  func windowsArePageAlignedButForStartAndEnd(count: UInt64, boundary: UInt64) throws {
    var setup = try DriverFixture()
    try setup.limit {
      $0.maximumSegment = count == 0 ? 1 << 20 : count
      $0.boundary = boundary
    }
    let length: UInt64 = 50000
    let handle = try map(&setup, 100, length, partial: true)
    let (windows, _) = try setup.driver.windows(of: handle)
    #expect(windows == 4)
    var total: UInt64 = 0
    var state = setup.hypervisor.state
    for window in 0..<windows {
      try setup.driver.moveWindow(setup.port, handle, to: window)
      let cookies = try setup.driver.segments(of: handle)
      #expect(cookies.count == 1)
      let cookie = cookies[0]
      #expect(cookie.address.rawValue & 8191 == (window == 0 ? 100 : 0))
      #expect(cookie.length <= 16384)
      if boundary > 0 {
        let last = cookie.address.rawValue + cookie.length - 1
        #expect(cookie.address.rawValue / boundary == last / boundary)
      }
      // The bytes that the device sees are the object's at this place.
      let mark = UInt8(window + 1)
      setup.port.fill(
        RealAddress(DriverFixture.buffers.rawValue + 100 + total), count: cookie.length, with: mark)
      state = setup.hypervisor.state
      let seen = state.deviceRead(
        setup.bus, requester: DriverFixture.network, cookie.address, count: Int(cookie.length))
      #expect(seen.fault == nil && seen.bytes.allSatisfy { $0 == mark })
      #expect(
        setup.validEntries == Int((cookie.address.rawValue & 8191 + cookie.length + 8191) >> 13))
      total += cookie.length
    }
    #expect(total == length)
    #expect(setup.driver.checkInvariants().isEmpty)
    try setup.driver.unmap(setup.port, handle)
    #expect(setup.validEntries == 0)
  }

  @Test func thereIsNoWindowBeyondTheLast() throws {
    var setup = try DriverFixture()
    try setup.limit { $0.maximumSegment = 16384 }
    let handle = try map(&setup, 0, 40000, partial: true)
    let error = #expect(throws: DMAError.self) {
      try setup.driver.moveWindow(setup.port, handle, to: 3)
    }
    #expect(error?.code == .invalidArgument)
    #expect(try setup.driver.windows(of: handle).active == 0)
  }

  @Test func aListLongerThanTheDeviceTakesIsTooBig() throws {
    var setup = try DriverFixture()
    try setup.limit { $0.maximumSegments = 2 }
    let error = #expect(throws: DMAError.self) {
      try setup.scatter([(0, 100), (16384, 100), (32768, 100)])
    }
    #expect(error?.code == .tooBig)
    #expect(setup.validEntries == 0 && setup.driver.statistics.live == 0)
  }

  @Test func anAlignmentThatDoesNotDivideTheBoundaryIsABadAttribute() throws {
    var setup = try DriverFixture()
    #expect(throws: DMAError.self) {
      try setup.limit {
        $0.boundary = 65536
        $0.alignment = 131072
      }
    }
  }

  @Test func rangesBeginAtTheAlignment() throws {
    var setup = try DriverFixture()
    try setup.limit { $0.alignment = 1 << 18 }
    for _ in 0..<3 {
      let handle = try setup.single(0, 100)
      #expect(try setup.driver.address(of: handle).rawValue & ((1 << 18) - 1) == 0)
    }
  }
}
