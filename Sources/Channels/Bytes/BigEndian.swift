/// Reads big-endian numbers and strings from bytes, one after the other, without ever trapping.
///
/// Every message of Domain Services and of the services on it is big-endian (FWARC 2006/055, 2.1).
public struct BigEndianReader {
  /// The bytes that are read.
  public let bytes: ArraySlice<UInt8>
  /// How many bytes have been read.
  public var offset: Int { position }
  @usableFromInline var position = 0

  /// Starts at the first byte.
  public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// Starts at the first byte.
  public init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

  /// How many bytes are left.
  @inlinable public var remaining: Int { bytes.count - position }

  /// The next number, or `nil` when too few bytes are left; the position stays then.
  @inlinable
  public mutating func read<
    Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  >(_ type: Value.Type = Value.self) -> Value? {
    let place = position
    guard remaining >= MemoryLayout<Value>.size else { return nil }
    position = place + MemoryLayout<Value>.size
    return Value(
      bigEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Value.self) })
  }

  /// The bytes up to the next NUL, which is passed over, or `nil` when there is none.
  public mutating func readTerminated() -> ArraySlice<UInt8>? {
    let rest = bytes[(bytes.startIndex + offset)...]
    guard let end = rest.firstIndex(of: 0) else { return nil }
    position = end + 1 - bytes.startIndex
    return rest[..<end]
  }

  /// All bytes that are left.
  public mutating func readRest() -> ArraySlice<UInt8> {
    let rest = bytes[(bytes.startIndex + offset)...]
    position = bytes.count
    return rest
  }
}

/// Reads big-endian numbers from memory, one after the other, without ever trapping.
///
/// For messages whose bytes stay where they are while they are read: unlike ``BigEndianReader`` it owns
/// nothing, so that handing it on counts no references.
public struct BigEndianCursor {
  /// The memory that is read.
  public let memory: UnsafeRawBufferPointer
  /// How many bytes have been read.
  @inlinable public var offset: Int { position }
  @usableFromInline var position = 0

  /// Starts at the first byte of memory that stays valid as long as the cursor is used.
  @inlinable public init(_ memory: UnsafeRawBufferPointer) { self.memory = memory }

  /// How many bytes are left.
  @inlinable public var remaining: Int { memory.count - position }

  /// The next number, or `nil` when too few bytes are left; the offset stays then.
  @inlinable @inline(__always)
  public mutating func read<
    Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  >(_ type: Value.Type = Value.self) -> Value? {
    guard remaining >= MemoryLayout<Value>.size else { return nil }
    let value = Value(bigEndian: memory.loadUnaligned(fromByteOffset: position, as: Value.self))
    position += MemoryLayout<Value>.size
    return value
  }
}

/// Writes big-endian numbers into memory of a known size, one after the other; what has no room is
/// left out.
public struct BigEndianWriter {
  /// The memory that is written.
  public let memory: UnsafeMutableRawBufferPointer
  /// How many bytes have been written.
  public var offset: Int { position }
  @usableFromInline var position = 0

  /// Starts at the first byte of memory that stays valid as long as the writer is used.
  public init(_ memory: UnsafeMutableRawBufferPointer) { self.memory = memory }

  /// The bytes written so far.
  @inlinable public var written: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[..<position])
  }

  /// Writes a number, most significant byte first.
  @inlinable @inline(__always)
  public mutating func write<
    Value: FixedWidthInteger & UnsignedInteger & BitwiseCopyable
  >(_ value: Value) {
    guard memory.count - position >= MemoryLayout<Value>.size else { return }
    memory.storeBytes(of: value.bigEndian, toByteOffset: position, as: Value.self)
    position += MemoryLayout<Value>.size
  }

  /// Writes bytes as they are.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) {
    guard memory.count - position >= bytes.count else { return }
    UnsafeMutableRawBufferPointer(rebasing: memory[position...]).copyMemory(from: bytes)
    position += bytes.count
  }
}

extension Array where Element == UInt8 {
  /// Appends a number, most significant byte first.
  @inlinable
  public mutating func append<Value: FixedWidthInteger & UnsignedInteger>(bigEndian value: Value) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }

  /// Appends the text as UTF-8 and a NUL.
  public mutating func append(terminated text: String) {
    append(contentsOf: text.utf8)
    append(0)
  }
}
