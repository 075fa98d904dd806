import Hypervisor
import Sun4v

/// Looking at mappings and handing memory over.
extension GuestDMA {
  /// The first bus address of a mapping.
  public func address(of handle: DMAHandle) throws(DMAError) -> DVMAAddress {
    slots[try slot(of: handle)].address
  }

  /// The number of bytes of a mapping; of an object in windows, of the active one.
  public func length(of handle: DMAHandle) throws(DMAError) -> UInt64 {
    slots[try slot(of: handle)].length
  }

  /// Whether a mapping is there.
  public func isLive(_ handle: DMAHandle) -> Bool { (try? slot(of: handle)) != nil }

  /// What the device is given: one segment, or the merged segments of a list.
  public func segments(of handle: DMAHandle) throws(DMAError) -> [DMASegment] {
    try segments(of: handle, limit: .max)
  }

  /// The first of what the device is given.
  public func firstSegment(of handle: DMAHandle) throws(DMAError) -> DMASegment? {
    try segments(of: handle, limit: 1).first
  }

  private func segments(of handle: DMAHandle, limit: Int) throws(DMAError) -> [DMASegment] {
    let slot = slots[try slot(of: handle)]
    guard slot.link >= 0, details[Int(slot.link)].windowBytes == 0 else {
      return [DMASegment(address: slot.address, length: slot.length)]
    }
    return segments(of: details[Int(slot.link)], Int(slot.space), limit: limit)
  }

  /// Hands a mapping's memory to the device or back, by pci_dma_sync on each piece of it.
  ///
  /// A call may do a part; the rest is asked for until all is done (UltraSPARC Virtual Machine
  /// Specification, pci_dma_sync).
  ///
  /// - Throws: ``DMAError`` with code `stale` or `hypercall`.
  public func sync(
    _ port: DomainPort, _ handle: DMAHandle, for target: SyncTarget
  ) throws(DMAError) {
    let slot = slots[try slot(of: handle)]
    let device = spaces[Int(slot.space)].driver.handle
    if slot.link >= 0 {
      for piece in details[Int(slot.link)].memory where piece.length > 0 {
        try sync(port, device, piece, target)
      }
    } else {
      try sync(port, device, MemoryPiece(address: slot.memory, length: slot.length), target)
    }
  }

  private func sync(
    _ port: DomainPort, _ device: DeviceHandle, _ piece: MemoryPiece, _ target: SyncTarget
  ) throws(DMAError) {
    var done: UInt64 = 0
    while done < piece.length {
      let result = port.fastTrap(
        HypercallNumber.pciDMASync, device.rawValue, piece.address.rawValue &+ done,
        piece.length &- done, target.number)
      guard result.status == .ok, result.ret1 > 0, result.ret1 <= piece.length &- done else {
        throw DMAError(
          .hypercall,
          "pci_dma_sync answered \(result.status) (\(result.status.meaning)) for "
            + "\(piece.length &- done) bytes at \(RealAddress(piece.address.rawValue &+ done))",
          status: result.status)
      }
      done &+= result.ret1
    }
  }
}
