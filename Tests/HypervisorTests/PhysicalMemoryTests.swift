import Sun4v
import Testing

@testable import Hypervisor

@Suite struct PhysicalMemoryTests {
  @Test func readsBackWhatWasWrittenAcrossChunks() {
    var memory = PhysicalMemory()
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let base = PhysicalAddress(0xffff_fff0)
    let wrote = bytes.withUnsafeBytes { memory.write(base, from: $0) }
    #expect(wrote)
    var back = [UInt8](repeating: 0, count: bytes.count)
    let read = back.withUnsafeMutableBytes { memory.read(base, into: $0) }
    #expect(read)
    #expect(back == bytes)
  }

  @Test func terabytesOfUntouchedMemoryAreZeroAndFree() {
    let memory = PhysicalMemory()
    #expect(memory.loadWord(PhysicalAddress(40 << 40)) == 0)
    #expect(memory.residentBytes == 0)
  }

  @Test func nothingBeyondTheLimitIsTouched() {
    var memory = PhysicalMemory()
    let end = PhysicalAddress(PhysicalMemory.limit - 8)
    let results = [
      memory.storeWord(1, at: end),
      memory.storeWord(1, at: PhysicalAddress(PhysicalMemory.limit)),
      memory.storeWord(1, at: PhysicalAddress(.max & ~7)),
      memory.fill(end, count: 9, with: 1),
      memory.fill(end, count: .max, with: 1),
    ]
    #expect(results == [true, false, false, false, false])
    #expect(memory.loadWord(PhysicalAddress(12)) == nil)
  }

  @Test func copiesDiverge() {
    var memory = PhysicalMemory()
    let address = PhysicalAddress(0x1000)
    memory.storeWord(1, at: address)
    let snapshot = memory
    memory.storeWord(2, at: address)
    memory.storeWord(3, at: PhysicalAddress(0x8000_0000))
    #expect(snapshot.loadWord(address) == 1)
    #expect(memory.loadWord(address) == 2)
    #expect(snapshot != memory)
  }

  @Test func equalityIgnoresHowZerosCameAbout() {
    var written = PhysicalMemory()
    written.storeWord(5, at: PhysicalAddress(64))
    written.storeWord(0, at: PhysicalAddress(64))
    #expect(written == PhysicalMemory())
    #expect(written.hashValue == PhysicalMemory().hashValue)
  }
}

@Suite struct RealMemoryMapTests {
  let map: RealMemoryMap = {
    var map = RealMemoryMap()
    _ = map.install(
      .memory, base: RealAddress(0x8000_0000), size: 0x4000_0000,
      physical: PhysicalAddress(0x4_8000_0000))
    return map
  }()

  @Test func translatesInsideASegment() {
    #expect(
      map.physical(RealAddress(0x8000_2000), size: 8) == PhysicalAddress(0x4_8000_2000))
    #expect(map.physical(RealAddress(0xbfff_fff8), size: 8) != nil)
    #expect(map.physical(RealAddress(0xbfff_fff8), size: 16) == nil)
    #expect(map.physical(RealAddress(0x7fff_fff8), size: 8) == nil)
    #expect(map.physical(RealAddress(.max), size: 8) == nil)
    #expect(map.physical(RealAddress(0x8000_0000), size: 8, kind: .device) == nil)
  }

  @Test func endOfSegmentPassesWithSizeZeroOnlyInTheFixedForm() {
    #expect(map.physical(RealAddress(0xc000_0000), size: 0) != nil)
    #expect(map.physical(RealAddress(0x8000_0000), guestSize: 0) == nil)
    #expect(map.physical(RealAddress(0x8000_0000), guestSize: 1 << 63) == nil)
  }

  @Test func refusesSegmentsOutsideTheAddressSpace() {
    var map = RealMemoryMap()
    for (base, size) in [(0, 0), ((1 << 40) - 1, 2), (UInt64.max, 2)] as [(UInt64, UInt64)] {
      let installed = map.install(
        .memory, base: RealAddress(base), size: size, physical: PhysicalAddress(0))
      #expect(!installed)
    }
    #expect(map.segments.isEmpty)
  }

  @Test func blockAcrossSlotsIsEnteredInEach() {
    var map = RealMemoryMap()
    let installed = map.install(
      .memory, base: RealAddress(0x3_ffff_0000), size: 0x2_0000, physical: PhysicalAddress(0))
    #expect(installed)
    #expect(map.physical(RealAddress(0x4_0000_8000), size: 8) == PhysicalAddress(0x1_8000))
    #expect(map.segments.count == 1)
  }

  @Test func physicalToRealIncludesBothEnds() {
    #expect(map.real(PhysicalAddress(0x4_8000_0000)) == RealAddress(0x8000_0000))
    #expect(map.real(PhysicalAddress(0x4_c000_0000)) == RealAddress(0xc000_0000))
    #expect(map.real(PhysicalAddress(0x4_c000_0001)) == nil)
  }
}
