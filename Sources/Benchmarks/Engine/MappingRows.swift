import DMA
import Simulation
import Sun4v

/// A buffer's life: allocated, mapped for a device by the DMA API, unmapped and freed.
///
/// It is a page of a guest's memory, and so many others are mapped meanwhile. What becomes of one must not
/// depend on how many there are.
enum MappingRows {
  /// The numbers of mappings that are live meanwhile.
  static let counts = [10, 1_000, 100_000]
  private static let rounds = 256

  static func make() throws -> [BenchmarkRow] {
    try counts.map(row) + [.copying(bytes: 8192, times: 10_000)]
  }

  private static func row(live: Int) throws -> BenchmarkRow {
    let setup = try MachineUnderTest(guestMemory: ByteSize(2 << 30))
    let machine = setup.machine
    let guest = setup.guests[0]
    let device = DeviceReference(rootComplex: setup.bus, function: MachineUnderTest.function)
    let page = PageSize.size8K.bytes

    func mapped() throws(MachineError) -> (buffer: BufferID, mapping: DriverMapping) {
      let buffer = try machine.allocate(guest, page)
      let piece = BufferPiece(buffer, offset: 0, length: page)
      return (buffer, try machine.mapSingle(guest, device, piece, .bidirectional))
    }
    for _ in 0..<live { _ = try mapped() }
    return .timed("\(live) live", floor: "floor", operations: rounds) {
      for _ in 0..<rounds {
        let made = try mapped()
        try machine.unmap(made.mapping)
        try machine.free(made.buffer)
      }
    }
  }
}
