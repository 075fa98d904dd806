import Sun4v

// What devices do, as methods of the hypervisor: here the compiler knows that its state is reached
// without the run-time check of exclusive access, which another module would make at each access.

extension Hypervisor {
  /// As ``HypervisorState/access(_:requester:_:_:count:)``.
  public func access(
    _ rootComplex: RootComplexID, requester: BusDeviceFunction, _ address: DVMAAddress,
    _ kind: AccessKind, count: UInt64 = 1
  ) -> Result<PhysicalRun, IOMMUFault>? {
    state.access(rootComplex, requester: requester, address, kind, count: count)
  }

  /// As ``HypervisorState/deviceRead(_:requester:_:into:)``.
  public func deviceRead(
    _ rootComplex: RootComplexID, requester: BusDeviceFunction, _ address: DVMAAddress,
    into buffer: UnsafeMutableRawBufferPointer
  ) -> DeviceTransfer {
    state.deviceRead(rootComplex, requester: requester, address, into: buffer)
  }

  /// As ``HypervisorState/deviceWrite(_:requester:_:from:)``.
  public func deviceWrite(
    _ rootComplex: RootComplexID, requester: BusDeviceFunction, _ address: DVMAAddress,
    from buffer: UnsafeRawBufferPointer
  ) -> DeviceTransfer {
    state.deviceWrite(rootComplex, requester: requester, address, from: buffer)
  }
}
