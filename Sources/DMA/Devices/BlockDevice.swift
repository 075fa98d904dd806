// Theory of operation
//
// A disk with a submission and a completion queue in a domain's memory. The driver fills submissions and
// rings the doorbell; the device takes them in order, moves the sectors to or from the scatter list that
// the submission names, and writes a completion with the submission's tag.
//
// A submission is 32 bytes, big endian:
//   bytes 0 to 7    the operation in bits 63:56 (1 read, 2 write), the number of list entries in 55:32,
//                   the tag in 31:0
//   bytes 8 to 15   the first sector
//   bytes 16 to 23  the bus address of the scatter list
//   bytes 24 to 31  zero
// An entry of a list is 16 bytes: bus address, then length in bytes. A completion is 16 bytes: the tag,
// then bit 63 done, bit 62 error, and the number of bytes moved.
//
// Source: dvmash's own, in the manner of NVMe.

import Hypervisor
import Sun4v

/// A disk; a plain value.
public struct BlockDevice: Hashable {
  /// The size of a sector in bytes.
  public static let sectorSize: UInt64 = 512
  /// The size of a submission in bytes.
  public static let submissionSize: UInt64 = 32
  /// The most bytes of one entry of a list.
  static let longestEntry: UInt64 = 1 << 24

  /// What a submission asks for.
  public enum Operation: String, Hashable, Sendable, CaseIterable {
    /// From the disk to memory.
    case read
    /// From memory to the disk.
    case write

    /// The number in a submission.
    public var number: UInt64 { self == .read ? 1 : 2 }
  }

  /// The bus address of the submission queue.
  public let submissions: DVMAAddress
  /// The bus address of the completion queue.
  public let completions: DVMAAddress
  /// The entries of each queue.
  public let depth: UInt64
  /// The number of sectors.
  public let sectors: UInt64
  /// The MSI that is signalled with a completion.
  public var interrupt: UInt32?
  /// Submissions taken, and refused accesses.
  public private(set) var taken: UInt64 = 0
  /// Accesses that the IOMMU refused.
  public private(set) var faults: UInt64 = 0
  private var medium = PhysicalMemory()

  /// Makes an empty disk with its queues.
  public init(
    submissions: DVMAAddress, completions: DVMAAddress, depth: UInt64, sectors: UInt64,
    interrupt: UInt32?
  ) {
    self.submissions = submissions
    self.completions = completions
    self.depth = max(1, depth)
    self.sectors = sectors
    self.interrupt = interrupt
  }

  /// Takes the next submission and completes it; false, with nothing taken, where the queues themselves
  /// cannot be reached.
  public mutating func takeNext(_ bus: DeviceBus) -> Bool {
    let slot = taken % depth
    let place = submissions.rawValue &+ slot &* Self.submissionSize
    guard let (head, sector) = bus.readWords(DVMAAddress(place)),
      let (list, _) = bus.readWords(DVMAAddress(place &+ 16))
    else {
      faults &+= 1
      return false
    }
    let moved = move(
      operation: head >> 56, entries: head >> 32 & 0xff_ffff, sector: sector, list: list, bus)
    let completion = completions.rawValue &+ slot &* 16
    let status = moved.map { DescriptorRing.done | $0 }
    let word = status ?? DescriptorRing.done | DescriptorRing.error
    guard bus.writeWord(head & 0xffff_ffff, at: DVMAAddress(completion)),
      bus.writeWord(word, at: DVMAAddress(completion &+ 8))
    else {
      faults &+= 1
      return false
    }
    taken &+= 1
    bus.interrupt(interrupt)
    return true
  }

  /// Moves the bytes of one submission; `nil` where an access or an argument is refused.
  private mutating func move(
    operation: UInt64, entries: UInt64, sector: UInt64, list: UInt64, _ bus: DeviceBus
  ) -> UInt64? {
    guard operation == 1 || operation == 2, sector < sectors else { return nil }
    var offset = sector &* Self.sectorSize
    let end = sectors &* Self.sectorSize
    var moved: UInt64 = 0
    for entry in 0..<entries {
      guard let (address, length) = bus.readWords(DVMAAddress(list &+ entry &* 16)) else {
        faults &+= 1
        return nil
      }
      guard length <= Self.longestEntry, length <= end &- offset else { return nil }
      var bytes = [UInt8](repeating: 0, count: Int(length))
      let isGood = bytes.withUnsafeMutableBytes { buffer -> Bool in
        if operation == 1 {
          return medium.read(PhysicalAddress(offset), into: buffer)
            && bus.write(DVMAAddress(address), from: UnsafeRawBufferPointer(buffer)) == nil
        }
        return bus.read(DVMAAddress(address), into: buffer) == nil
          && medium.write(PhysicalAddress(offset), from: UnsafeRawBufferPointer(buffer))
      }
      guard isGood else {
        faults &+= 1
        return nil
      }
      offset &+= length
      moved &+= length
    }
    return moved
  }
}
