import DMA
import Hypervisor
import Simulation
import Sun4v

/// A read of 64 bytes, by each of so many devices in turn, each from a page of its own: what one access
/// costs must not depend on how many devices there are, but for what no cache holds any more.
enum DeviceCountRows {
  /// The numbers of devices.
  static let counts = [1, 16, 256, 4_096]
  private static let reads = 1 << 16

  static func make() throws -> [BenchmarkRow] {
    try counts.map(row) + [.copying(bytes: 64, times: reads)]
  }

  private static func row(devices: Int) throws -> BenchmarkRow {
    let setup = try MachineUnderTest()
    let driver = try setup.driver(of: Machine.control)
    let port = DomainPort(setup.machine.hypervisor, Machine.control)
    let size = UInt64(devices) << driver.pageSize.shift
    let memory = try setup.machine.buffer(setup.machine.allocate(Machine.control, size)).base
    var functions: [BusDeviceFunction] = []
    for device in 0..<devices {
      let function = BusDeviceFunction(rawValue: 0x200 + UInt16(device))
      try setup.machine.addFunction(function, name: "dev\(device)", to: setup.bus)
      try driver.map(
        port, at: UInt64(device), count: 1,
        memory: RealAddress(memory.rawValue &+ UInt64(device) << driver.pageSize.shift),
        attributes: IOAttributes(read: true, write: true, requester: function))
      functions.append(function)
    }
    return .timed("\(devices) devices", floor: "floor", operations: reads) {
      try withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { bytes in
        for turn in 0..<reads {
          let device = turn % devices
          let done = setup.machine.hypervisor.deviceRead(
            setup.bus, requester: functions[device], driver.address(of: UInt64(device)), into: bytes
          )
          guard done.bytes == 64 else { throw BenchmarkError("devices: a read was refused") }
        }
      }
    }
  }
}
