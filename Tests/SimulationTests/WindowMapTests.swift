import DMA
import Hypervisor
import Negotiation
import Simulation
import Sun4v
import Testing

@Suite struct WindowMapTests {
  private func pages(_ map: WindowMap, _ use: WindowMap.Use) -> UInt64 {
    map.totals.first { $0.use == use }?.pages ?? 0
  }

  @Test func countsEveryPageOnceAndAsTheBooksDo() throws {
    let setup = try TwoGuests()
    let machine = setup.machine
    for pages in [1, 5, 64, 3] as [UInt64] {
      _ = try setup.negotiate(setup.first, pages: pages)
      _ = try setup.negotiate(setup.second, pages: pages)
    }
    let held = try setup.negotiate(setup.second, pages: 16)
    let buffer = try machine.allocate(setup.second, 16 * 8192)
    _ = try machine.map(
      setup.second,
      MappingRequest(
        buffer: buffer, length: 16 * 8192, place: .grant(held), direction: .bidirectional))
    let report = try machine.report(of: setup.bus)
    for cells in [1, 7, 512, 1 << 20] {
      let map = try machine.map(of: setup.bus, cells: cells)
      #expect(map.cellCount <= cells)
      #expect(map.totals.reduce(0) { $0 + $1.pages } == map.pages)
      #expect(map.pages == 8192)
      #expect(pages(map, .free) == UInt64(report.reserved.freePages))
      #expect(pages(map, .granted(setup.first)) == 73)
      #expect(pages(map, .granted(setup.second)) == 73)
      #expect(pages(map, .mapped(setup.second)) == 16)
      let byCell = (0..<map.cellCount).map { map.shares(of: $0..<$0 + 1) }
      #expect(byCell.joined().reduce(0) { $0 + $1.pages } == map.pages)
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func everyPageIsWhatTableAndGrantsSay(seed: UInt64) throws {
    let setup = try TwoGuests(seed: seed)
    let machine = setup.machine
    var generator = SeededGenerator(seed: seed)
    var live: [GrantReference] = []
    for _ in 0..<60 {
      let domain = Bool.random(using: &generator) ? setup.first : setup.second
      let grant = try setup.negotiate(domain, pages: UInt64.random(in: 1...9, using: &generator))
      let pages = UInt64.random(in: 0...grant.record.pages, using: &generator)
      if pages > 0 {
        let buffer = try machine.allocate(domain, pages * 8192)
        _ = try machine.map(
          domain,
          MappingRequest(
            buffer: buffer, length: pages * 8192, place: .grant(grant), direction: .toDevice))
      } else {
        live.append(grant)
      }
      if live.count > 3 {
        try machine.release(live.remove(at: Int.random(in: 0..<live.count, using: &generator)))
      }
    }
    let place = try machine.rootComplex(setup.bus)
    let map = try machine.map(of: setup.bus, cells: 1 << 20)
    #expect(map.pagesPerCell == 1 && map.cellCount == 8192)
    for index in 0..<map.cellCount {
      let grant = place.grants.grant(at: UInt64(index))
      let isValid = place.table.entry(UInt64(index))?.isValid == true
      let wanted: WindowMap.Use =
        switch (grant?.grantee, isValid) {
        case (let domain?, true): .mapped(domain)
        case (let domain?, false): .granted(domain)
        case (nil, true): .privateMapped
        case (nil, false): index < 4096 ? .privateFree : .free
        }
      #expect(map.use(of: index..<index + 1) == wanted, "page \(index)")
    }
  }

  @Test func aCellShowsItsMostTellingUse() throws {
    let setup = try TwoGuests()
    let grant = try setup.negotiate(setup.first, pages: 2)
    let base = try setup.machine.reservedRange(of: setup.bus).base
    let map = try setup.machine.map(of: setup.bus, .init(from: base), cells: 4)
    #expect(map.use(of: 0..<1) == .granted(setup.first))
    #expect(map.use(of: 1..<2) == .free)
    let buffer = try setup.machine.allocate(setup.first, 8192)
    _ = try setup.machine.map(
      setup.first,
      MappingRequest(
        buffer: buffer, length: 8192, place: .grant(grant), direction: .bidirectional))
    let later = try setup.machine.map(of: setup.bus, .init(from: base), cells: 4)
    #expect(later.use(of: 0..<1) == .mapped(setup.first))
    #expect(map.use(of: 0..<1) == .granted(setup.first))
  }

  @Test func aDomainsPartBeginsAndEndsWithItsGrants() throws {
    let setup = try TwoGuests()
    let first = try setup.negotiate(setup.first, pages: 2)
    _ = try setup.negotiate(setup.second, pages: 8)
    _ = try setup.negotiate(setup.first, pages: 2)
    let map = try setup.machine.map(of: setup.bus, .init(holder: setup.first), cells: 1000)
    #expect(map.base == first.record.address)
    #expect(map.pages == 12)
    #expect(pages(map, .granted(setup.first)) == 4)
    #expect(pages(map, .other) == 8)
    #expect(pages(map, .free) == 0)
  }

  @Test(
    arguments: [
      (0, 0), (UInt64.max, 0), (0x8000_0000, 0x8000_0000), (UInt64.max, UInt64.max),
    ] as [(UInt64, UInt64)])
  func anySelectionGivesAMap(from: UInt64, to: UInt64) throws {
    let setup = try TwoGuests()
    let selection = WindowMap.Selection(from: DVMAAddress(from), to: DVMAAddress(to))
    let map = try setup.machine.map(of: setup.bus, selection, cells: 0)
    #expect(map.pages >= 1 && map.cellCount == 1)
  }

  @Test func withoutTheControlDomainGrantsAreStillShown() throws {
    let setup = try TwoGuests()
    _ = try setup.negotiate(setup.first, pages: 2)
    try setup.machine.crash(Machine.control)
    let map = try setup.machine.map(of: setup.bus, cells: 64)
    #expect(pages(map, .granted(setup.first)) == 2)
    #expect(map.totals.reduce(0) { $0 + $1.pages } == map.pages)
  }
}
