// Theory of operation
//
// On model atu a domain that a function belongs to can supply a table of its own for 64-bit bus
// addresses, and bind the function to it. Linux does so for each device whose mask is wider than 32
// bits: one table for each root complex, at the base of the last address range, every function bound to
// it; where any step fails it goes on with the root complex's own table. Which table a mapping is in is
// known by its slot; Linux tells by the address.
//
// Source: Linux pci_sun4v.c (iommu_use_atu, pci_sun4v_atu_init); hypervisor.h, group ATU.

import Hypervisor
import Negotiation
import Sun4v

/// A table of 64-bit addresses that a domain is to supply.
public struct TablePlan: Hashable, Sendable {
  /// The first bus address.
  public let base: DVMAAddress
  /// The number of entries, 8 bytes each.
  public let entries: UInt64
  /// The memory of the table: zeros, from here on the hypervisor's.
  public let memory: RealAddress

  /// Makes a plan.
  public init(base: DVMAAddress, entries: UInt64, memory: RealAddress) {
    self.base = base
    self.entries = entries
    self.memory = memory
  }
}

extension GuestDMA {
  /// Whether a device's mask asks for a table that the domain has not supplied yet.
  public func wantsTable(_ device: Int) -> Bool {
    devices[device].limits.isWide && !usesTable(device)
  }

  /// Whether a table of a device's root complex was supplied.
  public func hasTable(for device: Int) -> Bool { tableSpace(for: device) != nil }

  private func tableSpace(for device: Int) -> Int? {
    let handle = windows[Int(devices[device].window)].handle
    return spaces.firstIndex { $0.driver.table != 0 && $0.driver.handle == handle }
  }

  /// Supplies a table for the root complex of a device, once the group's version is chosen.
  ///
  /// - Throws: ``DMAError`` with code `hypercall`; the device goes on with the window then.
  public mutating func supplyTable(
    _ port: DomainPort, for device: Int, _ plan: TablePlan
  ) throws(DMAError) {
    let window = spaces[Int(devices[device].window)].driver
    let version = port.coreTrap(Self.setVersion, APIGroup.atu.rawValue, 1, 0).status
    guard version == .ok else { throw Self.refused("api_set_version of group ATU", version) }
    let result = port.fastTrap(
      HypercallNumber.pciIOTSBConf, window.handle.rawValue, plan.memory.rawValue,
      plan.entries &* 8, window.pageSize.bytes, plan.base.rawValue)
    guard result.status == .ok else { throw Self.refused("pci_iotsb_conf", result.status) }
    var space = AddressSpace(
      driver: IOMMUDriver(
        handle: window.handle, windowBase: plan.base, pageSize: window.pageSize,
        listAddress: window.listAddress, table: result.ret1),
      windowPages: plan.entries)
    guard space.add(.table, firstIndex: 0, pages: plan.entries, isShared: true) else {
      port.fastTrap(HypercallNumber.pciIOTSBUnconf, window.handle.rawValue, result.ret1)
      throw DMAError(.noSpace, "no memory for the allocator of \(plan.entries) entries")
    }
    spaces.append(space)
  }

  /// Binds a device to the table of its root complex; its mappings come from there from now on.
  ///
  /// - Throws: ``DMAError`` with code `hypercall`; the device goes on with the window then.
  public mutating func bindTable(_ port: DomainPort, _ device: Int) throws(DMAError) {
    guard let space = tableSpace(for: device) else {
      throw DMAError(.invalidArgument, "the domain has supplied no table of 64-bit addresses")
    }
    let driver = spaces[space].driver
    guard devices[device].limits.reaches(driver.windowBase, driver.pageSize) else {
      throw DMAError(
        .invalidArgument,
        "a mask of \(devices[device].limits.highestAddress) does not reach the table at "
          + "\(driver.windowBase)")
    }
    let status = port.fastTrap(
      HypercallNumber.pciIOTSBBind, driver.handle.rawValue, driver.table,
      devices[device].function.pciDevice
    ).status
    guard status == .ok || status == .busy else { throw Self.refused("pci_iotsb_bind", status) }
    devices[device].space = Int32(space)
    devices[device].placement = placement(devices[device].limits, in: space)
  }

  /// Has a device's mappings come from the window again, where its mask does not reach the table.
  mutating func leaveTable(_ device: Int) {
    devices[device].space = devices[device].window
    devices[device].placement = placement(
      devices[device].limits, in: Int(devices[device].window))
  }

  /// The core trap that chooses a group's version.
  private static let setVersion: UInt64 = 0

  private static func refused(_ call: String, _ status: HypervisorStatus) -> DMAError {
    DMAError(.hypercall, "\(call) answered \(status) (\(status.meaning))", status: status)
  }
}
