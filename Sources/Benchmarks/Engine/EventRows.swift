import DMA
import Hypervisor
import Simulation
import Sun4v

/// P9: what events cost: a page mapped and unmapped by hypercalls, and 64 bytes read by a device,
/// without a listener and with one.
///
/// What the branch of a silent stream costs shows in two builds: scripts/measure-events.
enum EventRows {
  private static let operations = 20_000

  static func make() throws -> [BenchmarkRow] {
    let setup = try MachineUnderTest()
    let hypervisor = setup.machine.hypervisor
    let port = DomainPort(hypervisor, Machine.control)
    let driver = try setup.driver(of: Machine.control)
    let memory = try setup.machine.buffer(setup.machine.allocate(Machine.control, 8192)).base
    let attributes = IOAttributes(read: true, write: true, requester: MachineUnderTest.function)
    try driver.map(port, at: 0, count: 1, memory: memory, attributes: attributes)
    let address = driver.address(of: 0)

    func pair(heard: Bool) throws(DMAError) {
      for _ in 0..<operations {
        try driver.map(port, at: 1, count: 1, memory: memory, attributes: attributes)
        driver.demap(port, at: 1, count: 1)
        if heard { _ = hypervisor.events.drain() }
      }
    }
    func read(heard: Bool) {
      withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { bytes in
        for _ in 0..<operations {
          _ = hypervisor.deviceRead(
            setup.bus, requester: MachineUnderTest.function, address, into: bytes)
          if heard { _ = hypervisor.events.drain() }
        }
      }
    }
    func listening(_ body: () throws -> Void) rethrows {
      hypervisor.events.isListening = true
      defer { hypervisor.events.isListening = false }
      try body()
    }
    return [
      .timed("map+unmap", operations: operations) { try pair(heard: false) },
      .timed("map+unmap heard", floor: "map+unmap", operations: operations) {
        try listening { try pair(heard: true) }
      },
      .timed("read 64", operations: operations) { read(heard: false) },
      .timed("read 64 heard", floor: "read 64", operations: operations) {
        listening { read(heard: true) }
      },
    ]
  }
}
