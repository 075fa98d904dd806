import Hypervisor
import Sun4v

extension PCIVectorState {
  /// Reads what the case gives of devices, links, event queues and messages.
  static func readDevices(
    _ given: VectorFields, _ state: inout HypervisorState, _ domain: DomainID, _ bus: RootComplexID
  ) throws {
    let isLinkUp = try given.optionalBool("link_up") ?? true
    let isBlacklisted = try given.optionalBool("blacklisted") ?? false
    let failsAccesses = try given.optionalBool("io_fault") ?? false
    state.modifyBus(bus) {
      $0.isLinkUp = isLinkUp
      $0.isBlacklisted = isBlacklisted
      $0.failsAccesses = failsAccesses
    }
    try readConfigurationSpace(given, &state, bus)
    for data in try given.objects("io_data") {
      let bytes = try data.bytes("bytes")
      let address = PhysicalAddress(try data.number("ra"))
      state.modifyBus(bus) { changed in
        _ = bytes.withUnsafeBytes { changed.registers.write(address, from: $0) }
      }
    }
    try readEventQueues(given, &state, domain, bus)
    try readInterrupts(given, &state, domain, bus)
  }

  /// The offset of an entry is bus, device and function in bits 27:12 and the register below.
  private static func readConfigurationSpace(
    _ given: VectorFields, _ state: inout HypervisorState, _ bus: RootComplexID
  ) throws {
    for entry in try given.objects("config_space") {
      let offset = try entry.number("offset")
      let function = BusDeviceFunction(rawValue: UInt16(truncatingIfNeeded: offset >> 12))
      let before = [UInt8](repeating: 0, count: Int(offset & 0xfff))
      let space = ConfigurationSpace(bytes: try before + entry.bytes("bytes"))
      do {
        try state.addFunction(function, name: "\(function)", to: bus)
      } catch {
        throw VectorError("\(entry.path): \(error.message)")
      }
      state.setConfiguration(space, of: function, on: bus)
    }
  }

  private static func readEventQueues(
    _ given: VectorFields, _ state: inout HypervisorState, _ domain: DomainID, _ bus: RootComplexID
  ) throws {
    for entry in try given.objects("msiq") {
      let number = try entry.number("id")
      let stateCode = try entry.optionalNumber("hw_state") ?? MSIQueueState.idle.rawValue
      guard let queueState = MSIQueueState(rawValue: stateCode) else {
        throw VectorError("\(entry.path).hw_state: states are 1, 2 and 4")
      }
      guard number < UInt64(MSIState.queueCount) else {
        throw VectorError("\(entry.path).id: queues are 0 to \(MSIState.queueCount - 1)")
      }
      let base = try entry.optionalNumber("base_ra").map { RealAddress($0) }
      let physical = base.flatMap { state.domain(domain)?.memoryMap.physical($0, size: 0) }
      let queue = MSIQueue(
        base: base, physical: physical ?? PhysicalAddress(0), state: queueState,
        head: try entry.optionalNumber("head") ?? 0, tail: try entry.optionalNumber("tail") ?? 0)
      state.modifyBus(bus) {
        let view = $0.viewIndex(of: domain)
        $0.views[view].msi.queues[Int(number)] = queue
      }
    }
  }

  private static func readInterrupts(
    _ given: VectorFields, _ state: inout HypervisorState, _ domain: DomainID, _ bus: RootComplexID
  ) throws {
    func read(_ entry: VectorFields) throws -> MSIEntry {
      MSIEntry(
        isValid: try entry.optionalNumber("valid") ?? 0 != 0,
        isPending: try entry.optionalNumber("pending") ?? 0 != 0,
        queue: try entry.optionalNumber("msiq") ?? 0)
    }
    for entry in try given.objects("msi") {
      let number = try entry.number("num")
      guard number < UInt64(MSIState.msiCount) else {
        throw VectorError("\(entry.path).num: MSIs are 0 to \(MSIState.msiCount - 1)")
      }
      let read = try read(entry)
      state.modifyBus(bus) {
        let view = $0.viewIndex(of: domain)
        $0.views[view].msi.entries[Int(number)] = read
      }
    }
    for entry in try given.objects("msg") {
      guard let message = PCIeMessage(rawValue: try entry.number("type")) else {
        throw VectorError("\(entry.path).type: there is no such message")
      }
      let read = try read(entry)
      state.modifyBus(bus) {
        let view = $0.viewIndex(of: domain)
        $0.views[view].msi.messages[message.index] = read
      }
    }
  }
}
