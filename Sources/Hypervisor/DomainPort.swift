import Sun4v

/// What software inside a domain can do: make hypercalls, and reach its own memory.
///
/// The agents of negotiation, the channel drivers and the DMA drivers hold a port and nothing else,
/// so none of them has a way round the hypervisor's checks.
public struct DomainPort {
  /// The domain that the port speaks for.
  public let domain: DomainID
  @usableFromInline let hypervisor: Hypervisor

  /// Makes the port of a domain.
  public init(_ hypervisor: Hypervisor, _ domain: DomainID) {
    self.hypervisor = hypervisor
    self.domain = domain
  }

  /// The moment of the model's clock, as a domain reads it from %stick.
  public var now: VirtualTime { hypervisor.state.now }

  /// Makes a fast-trap hypercall by its function number.
  @discardableResult
  public func fastTrap(
    _ number: UInt64, _ a0: UInt64 = 0, _ a1: UInt64 = 0, _ a2: UInt64 = 0, _ a3: UInt64 = 0,
    _ a4: UInt64 = 0
  ) -> HypercallResult {
    hypervisor.fastTrap(domain, number, HypercallArguments(a0, a1, a2, a3, a4))
  }

  /// Makes a core-trap hypercall by its function number.
  @discardableResult
  public func coreTrap(
    _ number: UInt64, _ a0: UInt64 = 0, _ a1: UInt64 = 0, _ a2: UInt64 = 0
  ) -> HypercallResult {
    hypervisor.coreTrap(domain, number, HypercallArguments(a0, a1, a2))
  }

  /// Copies bytes out of the domain's memory; false, with nothing copied, where the range is not in
  /// one segment of it.
  public func read(_ address: RealAddress, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    hypervisor.read(of: domain, at: address, into: buffer)
  }

  /// Bytes of the domain's memory, or `nil` where the range is not in one segment of it.
  public func read(_ address: RealAddress, count: Int) -> [UInt8]? {
    guard count >= 0, hypervisor.canRead(of: domain, at: address, size: UInt64(count)) else {
      return nil
    }
    var bytes = [UInt8](repeating: 0, count: count)
    return bytes.withUnsafeMutableBytes { read(address, into: $0) } ? bytes : nil
  }

  /// Copies bytes into the domain's memory; false, with nothing copied, where the range is not in
  /// one segment of it.
  @discardableResult
  public func write(_ address: RealAddress, from buffer: UnsafeRawBufferPointer) -> Bool {
    hypervisor.write(of: domain, at: address, from: buffer)
  }

  /// Copies bytes into the domain's memory; false, with nothing copied, where the range is not in
  /// one segment of it.
  @discardableResult
  public func write(_ address: RealAddress, _ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { write(address, from: $0) }
  }

  /// Sets bytes of the domain's memory to one value; false, with nothing set, where the range is not in
  /// one segment of it.
  @discardableResult
  public func fill(_ address: RealAddress, count: UInt64, with byte: UInt8) -> Bool {
    guard
      let place = hypervisor.state.place(of: domain),
      let physical = hypervisor.state.domains[place].memoryMap.physical(address, size: count)
    else { return false }
    return hypervisor.state.memory.fill(physical, count: count, with: byte)
  }

  /// The big-endian 64-bit number at a real address, or `nil` outside the domain's memory or off a
  /// multiple of 8.
  public func loadWord(_ address: RealAddress) -> UInt64? {
    hypervisor.loadWord(of: domain, at: address)
  }

  /// Stores a big-endian 64-bit number; false, storing nothing, outside the domain's memory or off a
  /// multiple of 8.
  @discardableResult
  public func storeWord(_ value: UInt64, at address: RealAddress) -> Bool {
    storeWords(1, at: address) { _ in value }
  }

  /// Stores at least one big-endian 64-bit number, one behind the other; false, storing nothing, where the
  /// range is not in one segment of the domain's memory, or off a multiple of 8.
  ///
  /// `word` is asked for each number by its place, once and in order.
  @inlinable @inline(__always) @discardableResult
  public func storeWords(
    _ count: Int, at address: RealAddress, _ word: (_ place: Int) -> UInt64
  ) -> Bool {
    var done = 0
    repeat {
      let next = RealAddress(address.rawValue &+ UInt64(truncatingIfNeeded: done) &* 8)
      guard let run = hypervisor.writableWords(of: domain, at: next, count: count &- done) else {
        return false
      }
      for place in 0..<run.count { run.start[place] = word(done &+ place).bigEndian }
      done &+= run.count
    } while done < count
    return true
  }
}
