import Sun4v
import Testing

@Suite struct AddressTests {
  @Test func showsSixteenDigits() {
    #expect(RealAddress(0x8000_2000).description == "0x0000000080002000")
    #expect(DVMAAddress(.max).description == "0xffffffffffffffff")
  }

  @Test func sumsBeyondSixtyFourBitsAreRefused() {
    #expect(PhysicalAddress(.max).advanced(by: 1) == nil)
    #expect(PhysicalAddress(.max - 1).advanced(by: 1) == PhysicalAddress(.max))
    #expect(DVMAAddress(5).offset(from: DVMAAddress(6)) == nil)
  }

  @Test(arguments: [
    ("0", 0 as UInt64?), ("0x10", 16), ("0XfF", 255), ("18446744073709551615", .max),
    ("18446744073709551616", nil), ("0x10000000000000000", nil), ("", nil), ("0x", nil),
    ("-1", nil), ("+1", nil), ("0x+1", nil), (" 1", nil), ("1.0", nil),
  ])
  func readsAddressText(text: String, expected: UInt64?) {
    #expect(UInt64(addressText: text) == expected)
  }
}

@Suite struct SizeTests {
  @Test(arguments: [
    ("512M", 512 << 20 as UInt64?), ("8k", 8192), ("2G", 2 << 30), ("100", 100), ("0x20", 32),
    ("16E", nil), ("15E", 15 << 60), ("K", nil), ("", nil), ("1.5G", nil), ("-1K", nil),
    ("1X", nil),
    ("0x1E", 0x1e), ("0x10K", 16384),
  ])
  func readsSizes(text: String, expected: UInt64?) {
    #expect(ByteSize(text: text)?.bytes == expected)
  }

  @Test func writesSizesShortly() {
    #expect(ByteSize(2 << 30).description == "2G")
    #expect(ByteSize(8193).description == "8193")
    #expect(ByteSize(0).description == "0")
  }

  @Test func pageSizesFollowTheirCodes() {
    #expect(PageSize(code: 7)?.bytes == 16 << 30)
    #expect(PageSize(code: 8) == nil)
    #expect(PageSize(bytes: 4 << 20) == .size4M)
    #expect(PageSize(bytes: 4096) == nil)
    #expect(PageSize.size8K.pages(for: .max) == 1 << 51)
    #expect(PageSize.size8K.pages(for: 8193) == 2)
  }
}

@Suite struct NumberTests {
  @Test(arguments: [
    ("01:00.0", 0x0100 as UInt16?), ("ff:1f.7", 0xffff), ("5:2.1", 0x0511), ("00:20.0", nil),
    ("00:00.8", nil), ("0000:00.0", nil), ("", nil), ("01:00", nil), ("01:00.0.0", nil),
  ])
  func readsBusDeviceFunction(text: String, expected: UInt16?) {
    #expect(BusDeviceFunction(text: text)?.rawValue == expected)
  }

  @Test func pciDeviceArgumentHasNoOtherBits() {
    #expect(BusDeviceFunction(pciDevice: 0x0005_1100)?.description == "05:02.1")
    #expect(BusDeviceFunction(pciDevice: 0x0005_1101) == nil)
    #expect(BusDeviceFunction(pciDevice: 0x0100_0000) == nil)
  }

  @Test func deviceHandleIndexIgnoresHighBits() {
    #expect(DeviceHandle(rawValue: 0x800).deviceIndex == 0)
    #expect(DeviceHandle(rawValue: 0x780).deviceIndex == 0x1e)
    #expect(DeviceHandle(rawValue: 0x20).deviceIndex == nil)
  }

  @Test func statusNamesAndNumbersAgree() {
    #expect(HypervisorStatus(name: "EBADALIGN") == .badAlignment)
    #expect(HypervisorStatus(rawValue: 16).name == "ECHANNEL")
    #expect(HypervisorStatus(rawValue: 20).name == "status 20")
  }

  @Test func generatorGivesThePublishedSequence() {
    var generator = SeededGenerator(seed: 42)
    #expect(generator.next() == 0x56ce_4ab7_719b_a3a0)
    #expect(generator.next() == 0xc841_eb53_ebbb_2dda)
    #expect(generator.next() == 0xca46_6be0_c998_0276)
  }
}
