import DMA
import Sun4v
import Testing

/// The numbers by which a driver knows its devices.
@Suite struct DeviceNumberTests {
  @Test func aDeviceKeepsItsNumberAndLimitsAmongMany() throws {
    var setup = try DriverFixture()
    let functions = (0..<300).map { BusDeviceFunction(rawValue: 0x1000 + UInt16($0)) }
    var numbers: [Int] = []
    for function in functions {
      #expect(setup.driver.knownDevice(function, window: 0) == nil)
      let number = setup.driver.device(function, window: 0)
      var limits = setup.driver.limits(of: number)
      limits.maximumSegment = UInt64(8192 * (number + 1))
      try setup.driver.setLimits(limits, of: number)
      numbers.append(number)
    }
    #expect(Set(numbers).count == functions.count)
    for (function, number) in zip(functions, numbers) {
      #expect(setup.driver.knownDevice(function, window: 0) == number)
      #expect(setup.driver.device(function, window: 0) == number)
      #expect(setup.driver.limits(of: number).maximumSegment == UInt64(8192 * (number + 1)))
    }
    #expect(setup.driver.knownDevice(functions[0], window: 1) == nil)
  }
}
