import DMA
import Hypervisor
import Sun4v
import Testing

@Suite("Allocations on the heap by mappings and accesses", .countsAllocations)
struct MappingAndAccessTests {
  let machine: MachineForCounting

  init() throws { machine = try MachineForCounting() }

  @Test("A pair of map and demap by hypercalls asks for no memory", arguments: [1, 64])
  func hypercalls(pages: UInt64) throws {
    let asked = try allocations {
      try machine.map(at: 0, pages: pages)
      machine.driver.demap(machine.port, at: 0, count: pages)
    }
    #expect(asked == 0)
  }

  /// A domain's DMA driver with space in hand, and the number of its device.
  private func driver() throws -> (GuestDMA, device: Int) {
    var guest = GuestDMA(
      incarnation: 1,
      windows: [
        DMAWindow(
          handle: MachineForCounting.handle, base: machine.window.base,
          pages: machine.window.usableEntries, pageSize: machine.window.pageSize)
      ],
      listAddress: MachineForCounting.memory)
    let device = try guest.device(MachineForCounting.network, on: MachineForCounting.handle)
    guest.add(.privatePart, window: 0, firstIndex: 0, pages: 1024)
    return (guest, device)
  }

  @Test("A pair of map_single and unmap asks for no memory")
  func mapSingle() throws {
    var (guest, device) = try driver()
    let piece = MemoryPiece(address: MachineForCounting.buffer, length: 1500)
    var mapped = 0
    let asked = try allocations {
      let step = try guest.mapSingle(machine.port, device: device, piece, .toDevice)
      guard case .mapped(let handle, _) = step else { return }
      mapped += 1
      try guest.unmap(machine.port, handle)
    }
    #expect(mapped == 2000)
    #expect(asked == 0)
  }

  @Test("Nor does one of map_sg and unmap, for a list of 128 pieces in a range or in one each")
  func mapScatter() throws {
    var (guest, device) = try driver()
    let pieces = (0..<128).map { (place: UInt64) in
      MemoryPiece(
        address: RealAddress(MachineForCounting.buffer.rawValue + place << 14), length: 8192)
    }
    for boundary: UInt64 in [0, 8192] {
      var limits = DeviceLimits()
      limits.boundary = boundary
      try guest.setLimits(limits, of: device)
      var mapped = 0
      let asked = try allocations {
        let step = try guest.mapScatter(machine.port, device: device, pieces, .toDevice)
        guard case .mapped(let handle, _) = step else { return }
        mapped += 1
        try guest.unmap(machine.port, handle)
      }
      #expect(mapped == 2000)
      #expect(asked == 0)
    }
  }

  @Test("An access of a device asks for no memory, remembered or not, alone or in a series")
  func translation() throws {
    for index: UInt64 in 0..<256 { try machine.map(at: index) }
    let (hypervisor, bus, network) = (machine.hypervisor, machine.bus, MachineForCounting.network)
    let base = machine.window.base.rawValue
    func address(_ page: Int) -> DVMAAddress { DVMAAddress(base + UInt64(page) << 13) }
    var good = 0
    let asked = allocations(times: 20) {
      for page in 0..<256 {
        let found = hypervisor.access(bus, requester: network, address(page), .read)
        if case .success = found { good += 1 }
      }
      _ = hypervisor.state.withAccesses(through: bus, by: network) { session in
        session.accesses(256, .write, at: address) { if case .success = $0 { good += 1 } }
      }
    }
    #expect(good == 40 * 512)
    #expect(asked == 0)
  }

  @Test("A device's read and its write ask for no memory", arguments: [64, 20_000])
  func transfers(bytes: Int) throws {
    try machine.map(at: 0, pages: 3)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 8)
    defer { buffer.deallocate() }
    buffer.initializeMemory(as: UInt8.self, repeating: 7)
    let (hypervisor, address) = (machine.hypervisor, machine.window.base)
    var moved = 0
    let asked = allocations {
      moved +=
        hypervisor.deviceWrite(
          machine.bus, requester: MachineForCounting.network, address,
          from: UnsafeRawBufferPointer(buffer)
        ).bytes
      moved +=
        hypervisor.deviceRead(
          machine.bus, requester: MachineForCounting.network, address, into: buffer
        ).bytes
    }
    #expect(moved == 4000 * bytes)
    #expect(asked == 0)
  }
}
