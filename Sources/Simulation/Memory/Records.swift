import DMA
import Hypervisor
import Negotiation
import Sun4v

/// A buffer's number in its machine.
public struct BufferID: Hashable, Sendable, BitwiseCopyable {
  let number: Int

  /// The number of no buffer.
  static let none = BufferID(number: 0)
}

/// A mapping's number in its machine.
public struct MappingID: Hashable, Sendable, BitwiseCopyable {
  let number: Int
}

/// A piece of a domain's memory that a script holds.
public struct BufferRecord: Hashable, Sendable {
  /// The domain whose memory it is.
  public let domain: DomainID
  /// Its first real address, a multiple of the page size.
  public let base: RealAddress
  /// Its size in bytes.
  public let size: UInt64
  /// How many mappings of ``Machine/map(_:_:)`` it has.
  var mappings = 0

  /// No memory of nobody.
  static let none = BufferRecord(domain: DomainID(0), base: RealAddress(0), size: 0)

  init(domain: DomainID, base: RealAddress, size: UInt64) {
    self.domain = domain
    self.base = base
    self.size = size
  }

  /// The number of bytes from an offset on.
  func rest(from offset: UInt64) -> UInt64 { size &- min(size, offset) }
}

/// Pages of a buffer that a domain has mapped for devices.
public struct MappingRecord: Hashable, Sendable, BitwiseCopyable {
  /// The domain that mapped.
  public let domain: DomainID
  /// The root complex.
  public let rootComplex: RootComplexID
  /// Where the range of DVA came from.
  public let place: MappingRequest.Place
  /// The grant that it lies in, if it was mapped there.
  public var grant: GrantReference? {
    switch place {
    case .grant(let grant), .grantPage(let grant, _): grant
    case .address, .privatePart: nil
    }
  }
  /// The buffer that is mapped.
  public let buffer: BufferID
  /// The DVA of the first mapped byte.
  public let base: DVMAAddress
  /// The number of bytes, from `base` on.
  public let length: UInt64
  /// The first entry.
  public let firstIndex: UInt64
  /// The number of entries.
  public let pages: UInt64
  /// Which way data may move.
  public let direction: DMADirection
  /// The only function that may use the mapping, or `nil` for any.
  public let requester: BusDeviceFunction?
}
