import DMA
import Hypervisor
import Sun4v

/// Buffers of a domain, one for each operation under way, in pages that follow each other.
struct PathBuffers: Hashable {
  /// The real address of the first.
  let base: RealAddress
  /// Pages of each.
  let pages: UInt64

  func address(_ slot: Int) -> RealAddress {
    RealAddress(base.rawValue &+ (UInt64(slot) &* pages) << PageSize.size8K.shift)
  }

  /// The number of a buffer's first page among all of them.
  func firstPage(_ slot: Int) -> UInt64 { UInt64(slot) &* pages }
}

/// The DVA range of a domain's buffers, and how the domain installs entries there.
struct PathRange: Hashable {
  let iommu: IOMMUDriver
  /// The entry of the first page of the first buffer.
  let firstEntry: UInt64
  /// Pages of each buffer.
  let pages: UInt64
  /// The function that may use the mappings.
  let requester: BusDeviceFunction

  private func entry(_ slot: Int) -> UInt64 { firstEntry &+ UInt64(slot) &* pages }

  /// Where the device finds a buffer.
  func address(_ slot: Int) -> DVMAAddress { iommu.address(of: entry(slot)) }

  func map(_ slot: Int, memory: RealAddress, _ port: DomainPort) throws(MachineError) {
    do {
      try iommu.map(
        port, at: entry(slot), count: pages, memory: memory,
        attributes: DMADirection.fromDevice.attributes(requester: requester))
    } catch {
      throw MachineError(error)
    }
  }

  func map(_ slot: Int, listed: [RealAddress], _ port: DomainPort) throws(MachineError) {
    do {
      try iommu.map(
        port, at: entry(slot), pages: listed,
        attributes: DMADirection.fromDevice.attributes(requester: requester))
    } catch {
      throw MachineError(error)
    }
  }

  func demap(_ slot: Int, _ port: DomainPort) throws(MachineError) {
    let status = iommu.demap(port, at: entry(slot), count: pages)
    if status != .ok { throw MachineError(refused: "pci_iommu_demap", status) }
  }
}

extension MachineError {
  /// A hypercall of a comparison that should have succeeded.
  init(refused call: String, _ status: HypervisorStatus) {
    self.init(.hypercall, "\(call) answered \(status) (\(status.meaning))", name: status.name)
  }
}
