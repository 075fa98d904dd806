// Theory of operation
//
// The machine's memory is sparse: 46 bits of physical address exist from the start, bytes exist
// once they are written. It is a radix tree of two levels: the address picks a region (256 MiB),
// the region a chunk (64 KiB of real bytes). What was never written reads as zero and costs
// nothing.
//
// PhysicalMemory is a value. Regions and chunks are shared between copies and copied when a copy
// writes (copy on write), so that a snapshot of a machine costs one array copy, and a machine that
// goes on after a snapshot pays for the chunks it touches.
//
// Invariants: a region has exactly `chunksPerRegion` slots; a chunk is reachable from one address
// only; no access outside `limit` reads or writes anything. Numbers in memory are big endian, as
// on the real machine.

import Sun4v

/// The bytes of the machine, found by physical address.
public struct PhysicalMemory: Sendable {
  /// The number of bytes of physical address space, 2^46.
  public static let limit: UInt64 = 1 << 46

  static let chunkShift: UInt64 = 16
  static let regionShift: UInt64 = 28
  static let chunksPerRegion = 1 << Int(regionShift - chunkShift)

  private var regions: [MemoryRegion?] = []

  /// Makes a memory in which every byte is zero.
  public init() {}

  /// Whether so many bytes from an address on exist.
  @inlinable public static func contains(_ address: PhysicalAddress, count: UInt64) -> Bool {
    address.rawValue <= limit && count <= limit &- address.rawValue
  }

  var regionCount: Int { regions.count }

  func region(_ index: Int) -> MemoryRegion? {
    index < regions.count ? regions[index] : nil
  }

  /// The bytes of the chunk of an address, valid until memory changes; `nil` where there is none.
  @inline(__always) private func chunk(of address: UInt64) -> UnsafeMutableRawPointer? {
    let region = Int(truncatingIfNeeded: address >> Self.regionShift)
    guard region < regions.count else { return nil }
    return regions[region]?.bytes(at: Self.slot(of: address))
  }

  @inline(__always) private static func slot(of address: UInt64) -> Int {
    Int(truncatingIfNeeded: address >> chunkShift) & (chunksPerRegion - 1)
  }

  /// The chunk of an address for writing: made where it is missing, copied where it is shared.
  @inline(__always)
  private mutating func uniqueChunk(of address: UInt64) -> UnsafeMutableRawPointer {
    let index = Int(truncatingIfNeeded: address >> Self.regionShift)
    let slot = Self.slot(of: address)
    // Nothing is called here that could release anything, so that no reference need be counted: that
    // would cost more than the store.
    if index < regions.count, isKnownUniquelyReferenced(&regions[index]),
      let slots = regions[index]?.slots, isKnownUniquelyReferenced(&slots[slot]),
      let bytes = slots[slot]?.bytes
    {
      return bytes
    }
    return makeChunk(index, slot)
  }

  /// The chunk of a slot for writing, where it is missing or where it or its region is shared.
  @inline(never)
  private mutating func makeChunk(_ index: Int, _ slot: Int) -> UnsafeMutableRawPointer {
    if index < regions.count, isKnownUniquelyReferenced(&regions[index]),
      let region = regions[index]
    {
      return region.makeChunk(at: slot)
    }
    return makeRegion(index).makeChunk(at: slot)
  }

  /// A region for writing: made where it is missing, copied where it is shared.
  @inline(never) private mutating func makeRegion(_ index: Int) -> MemoryRegion {
    if index >= regions.count {
      regions.append(contentsOf: repeatElement(nil, count: index &+ 1 &- regions.count))
    }
    let made = regions[index].map(MemoryRegion.init(copying:)) ?? MemoryRegion()
    regions[index] = made
    return made
  }

  /// Copies bytes out of memory; returns false, with nothing copied, where some do not exist.
  public func read(
    _ address: PhysicalAddress, into destination: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard Self.contains(address, count: UInt64(destination.count)) else { return false }
    guard let target = destination.baseAddress else { return true }
    let first = Int(truncatingIfNeeded: address.rawValue) & (MemoryChunk.size - 1)
    if destination.count <= MemoryChunk.size - first {
      if let chunk = chunk(of: address.rawValue) {
        target.copyMemory(from: chunk + first, byteCount: destination.count)
      } else {
        target.initializeMemory(as: UInt8.self, repeating: 0, count: destination.count)
      }
      return true
    }
    var at = address.rawValue
    var done = 0
    while done < destination.count {
      let offset = Int(truncatingIfNeeded: at) & (MemoryChunk.size - 1)
      let count = min(MemoryChunk.size - offset, destination.count - done)
      if let chunk = chunk(of: at) {
        (target + done).copyMemory(from: chunk + offset, byteCount: count)
      } else {
        (target + done).initializeMemory(as: UInt8.self, repeating: 0, count: count)
      }
      at &+= UInt64(count)
      done += count
    }
    return true
  }

  /// Copies bytes into memory; returns false, with nothing copied, where some do not exist.
  public mutating func write(_ address: PhysicalAddress, from source: UnsafeRawBufferPointer)
    -> Bool
  {
    guard Self.contains(address, count: UInt64(source.count)) else { return false }
    guard source.count > 0, let origin = source.baseAddress else { return true }
    let first = Int(truncatingIfNeeded: address.rawValue) & (MemoryChunk.size - 1)
    if source.count <= MemoryChunk.size - first {
      (uniqueChunk(of: address.rawValue) + first)
        .copyMemory(from: origin, byteCount: source.count)
      return true
    }
    var at = address.rawValue
    var done = 0
    while done < source.count {
      let offset = Int(truncatingIfNeeded: at) & (MemoryChunk.size - 1)
      let count = min(MemoryChunk.size - offset, source.count - done)
      (uniqueChunk(of: at) + offset).copyMemory(from: origin + done, byteCount: count)
      at &+= UInt64(count)
      done += count
    }
    return true
  }

  /// The value whose bytes lie at an address; `nil` where some do not exist.
  @inline(__always)
  func load<Value: BitwiseCopyable>(_ type: Value.Type, at address: PhysicalAddress) -> Value? {
    let first = Int(truncatingIfNeeded: address.rawValue) & (MemoryChunk.size - 1)
    if first <= MemoryChunk.size - MemoryLayout<Value>.size, address.rawValue < Self.limit {
      let chunk = chunk(of: address.rawValue) ?? MemoryChunk.zeros.bytes
      return (chunk + first).loadUnaligned(as: Value.self)
    }
    return withUnsafeTemporaryAllocation(byteCount: MemoryLayout<Value>.size, alignment: 16) {
      read(address, into: $0) ? $0.load(as: Value.self) : nil
    }
  }

  /// Stores the bytes of a value; returns false, storing nothing, where some do not exist.
  @inline(__always)
  mutating func store<Value: BitwiseCopyable>(
    _ value: Value, at address: PhysicalAddress
  ) -> Bool {
    let first = Int(truncatingIfNeeded: address.rawValue) & (MemoryChunk.size - 1)
    if first <= MemoryChunk.size - MemoryLayout<Value>.size, address.rawValue < Self.limit {
      (uniqueChunk(of: address.rawValue) + first).storeBytes(of: value, as: Value.self)
      return true
    }
    return withUnsafeBytes(of: value) { write(address, from: $0) }
  }

  /// Copies bytes inside memory; returns false, with nothing copied, where some do not exist.
  ///
  /// Ranges that overlap give what a copy through a buffer of 8 KiB at a time gives.
  @discardableResult
  public mutating func copy(from source: PhysicalAddress, to target: PhysicalAddress, count: Int)
    -> Bool
  {
    guard count >= 0, Self.contains(source, count: UInt64(count)),
      Self.contains(target, count: UInt64(count))
    else { return false }
    let step = min(count, 8192)
    guard step > 0 else { return true }
    let from = Int(truncatingIfNeeded: source.rawValue) & (MemoryChunk.size - 1)
    let to = Int(truncatingIfNeeded: target.rawValue) & (MemoryChunk.size - 1)
    if step == count, max(from, to) + count <= MemoryChunk.size {
      // The target first: to write may put another chunk in its place, and the source may be in it.
      let bytes = uniqueChunk(of: target.rawValue)
      let origin = chunk(of: source.rawValue) ?? MemoryChunk.zeros.bytes
      (bytes + to).copyMemory(from: origin + from, byteCount: count)
      return true
    }
    withUnsafeTemporaryAllocation(byteCount: step, alignment: 16) { buffer in
      var done = 0
      while done < count {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(step, count - done)])
        _ = read(PhysicalAddress(source.rawValue &+ UInt64(done)), into: part)
        _ = write(PhysicalAddress(target.rawValue &+ UInt64(done)), from: .init(part))
        done += part.count
      }
    }
    return true
  }

  /// Sets bytes to one value; returns false, with nothing set, where some do not exist.
  public mutating func fill(_ address: PhysicalAddress, count: UInt64, with byte: UInt8) -> Bool {
    guard Self.contains(address, count: count) else { return false }
    var at = address.rawValue
    var left = count
    while left > 0 {
      let offset = Int(truncatingIfNeeded: at) & (MemoryChunk.size - 1)
      let step = min(UInt64(MemoryChunk.size - offset), left)
      if byte != 0 || chunk(of: at) != nil {
        (uniqueChunk(of: at) + offset)
          .initializeMemory(as: UInt8.self, repeating: byte, count: Int(step))
      }
      at &+= step
      left &-= step
    }
    return true
  }

  /// The big-endian 64-bit number at an address that is a multiple of 8, or `nil` elsewhere.
  public func loadWord(_ address: PhysicalAddress) -> UInt64? {
    guard address.rawValue & 7 == 0, Self.contains(address, count: 8) else { return nil }
    guard let chunk = chunk(of: address.rawValue) else { return 0 }
    let offset = Int(truncatingIfNeeded: address.rawValue) & (MemoryChunk.size - 1)
    return UInt64(bigEndian: (chunk + offset).load(as: UInt64.self))
  }

  /// The numbers that lie together from an address on, at most so many; they are big endian.
  ///
  /// For an address that is a multiple of 8 inside memory, and at least one; valid until memory changes.
  @inline(__always)
  func wordRun(at address: PhysicalAddress, limit: Int) -> WordRun {
    let offset = Int(truncatingIfNeeded: address.rawValue) & (MemoryChunk.size - 8)
    let chunk = chunk(of: address.rawValue) ?? MemoryChunk.zeros.bytes
    return WordRun(
      start: UnsafePointer((chunk + offset).assumingMemoryBound(to: UInt64.self)),
      count: min(limit, (MemoryChunk.size - offset) / 8))
  }

  /// The numbers that lie together from an address on, for writing, at most so many; they are big endian.
  ///
  /// `nil` where the address is no multiple of 8 or has no number; valid until memory changes.
  @inline(__always)
  mutating func writableWords(
    at address: PhysicalAddress, limit: Int
  ) -> (start: UnsafeMutablePointer<UInt64>, count: Int)? {
    guard address.rawValue & 7 == 0, Self.contains(address, count: 8) else { return nil }
    let offset = Int(truncatingIfNeeded: address.rawValue) & (MemoryChunk.size - 1)
    let bytes = uniqueChunk(of: address.rawValue) + offset
    return (
      bytes.assumingMemoryBound(to: UInt64.self), min(limit, (MemoryChunk.size - offset) / 8)
    )
  }

  /// Stores a big-endian 64-bit number at a multiple of 8; returns false, storing nothing, elsewhere.
  @discardableResult
  public mutating func storeWord(_ value: UInt64, at address: PhysicalAddress) -> Bool {
    guard address.rawValue & 7 == 0, Self.contains(address, count: 8) else { return false }
    let offset = Int(truncatingIfNeeded: address.rawValue) & (MemoryChunk.size - 1)
    (uniqueChunk(of: address.rawValue) + offset).storeBytes(of: value.bigEndian, as: UInt64.self)
    return true
  }

  /// The number of bytes that the model really holds for this memory, in whole chunks.
  public var residentBytes: UInt64 {
    var count: UInt64 = 0
    for case .some(let region) in regions {
      for slot in 0..<Self.chunksPerRegion where region.chunk(at: slot) != nil {
        count += UInt64(MemoryChunk.size)
      }
    }
    return count
  }
}

extension PhysicalMemory: Hashable {
  /// Whether every byte is the same; a byte never written equals a zero.
  public static func == (a: PhysicalMemory, b: PhysicalMemory) -> Bool {
    for index in 0..<max(a.regions.count, b.regions.count) {
      let left = index < a.regions.count ? a.regions[index] : nil
      let right = index < b.regions.count ? b.regions[index] : nil
      if left === right { continue }
      for slot in 0..<max(left?.used ?? 0, right?.used ?? 0)
      where !MemoryChunk.equal(left?.chunk(at: slot), right?.chunk(at: slot)) { return false }
    }
    return true
  }

  /// Feeds every block of 64 bytes that has a byte other than zero, with its address.
  public func hash(into hasher: inout Hasher) {
    for case (let index, .some(let region)) in regions.enumerated() {
      for slot in 0..<Self.chunksPerRegion {
        region.chunk(at: slot)?.forEachBlock { offset, bytes in
          hasher.combine(
            UInt64(index) << Self.regionShift | UInt64(slot) << Self.chunkShift | UInt64(offset))
          hasher.combine(bytes: bytes)
        }
      }
    }
  }
}
