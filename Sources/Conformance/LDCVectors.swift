import Hypervisor
import Sun4v

/// The cases of channel and channel-interrupt calls, each made on a machine of two domains.
///
/// The state of a case is written into the hypervisor's records; the call itself goes the way of a
/// domain's.
struct LDCVectors: VectorRunner {
  func accepts(_ vector: VectorCase) -> Bool {
    guard let operation = vector.operation else { return false }
    return operation.hasPrefix("ldc_") || operation.hasPrefix("vintr_")
  }

  func run(_ vector: VectorCase) throws -> JSONValue {
    let api = try vector.fields.string("api")
    let machine = try ChannelMachine(vector.fields.object("given"))
    guard let call = HypercallTable.standard.call(named: api) else {
      throw VectorError("api: there is no call \(api)")
    }
    let given = try vector.fields.object("args")
    let arguments = try call.arguments.map { try given.number($0) }
    let result = machine.call(call, arguments)
    var returns: [String: JSONValue] = [:]
    for (name, value) in zip(call.results, result.values) { returns[name] = .unsigned(value) }
    return [
      "status": .string(result.status.name), "returns": .object(returns),
      "after": machine.after(),
    ]
  }
}

/// The machine of one case: domain 0 makes the call, domain 1 has the far end of its channel.
private struct ChannelMachine {
  static let peerChannel = ChannelID(0)
  let hypervisor: Hypervisor
  let caller = DomainID(0)
  let peer = DomainID(1)
  let channel: ChannelID

  init(_ given: VectorFields) throws {
    var state = HypervisorState(model: .t2)
    _ = state.addDomain(name: "self", role: .control)
    _ = state.addDomain(name: "peer", role: .guest)
    for (domain, key) in [(caller, "self_mem"), (peer, "peer_mem")] {
      for segment in try given.objects(key) {
        do {
          try state.installMemory(
            domain, base: RealAddress(segment.number("ra")), size: segment.number("size"),
            physical: PhysicalAddress(segment.number("pa")))
        } catch let error as ConfigurationError {
          throw VectorError("\(segment.path): \(error.message)")
        }
      }
    }
    if given.has("cpus") { state.setProcessors(of: caller, ids: try given.numbers("cpus")) }
    if let handle = try given.optionalNumber("cdev_handle"),
      handle != ChannelTable.deviceHandle.rawValue
    {
      throw VectorError("given.cdev_handle: the channel device has \(ChannelTable.deviceHandle)")
    }
    let own = try given.object("channel")
    channel = ChannelID(try own.number("id"))
    try Self.connect(&state, own, channel: channel)
    let far = try given.object("peer")
    try Self.configure(&state, caller, channel, own)
    try Self.configure(&state, peer, Self.peerChannel, far)
    try Self.export(&state, caller, channel, given)
    try Self.export(&state, peer, Self.peerChannel, far)
    if let imports = try given.optionalObject("mapin") {
      let free = try imports.numbers("free").map { Int(truncatingIfNeeded: $0) }
      let region = try imports.importRegion(pages: "used", free: free)
      _ = state.modifyDomain(caller) { $0.imports = region }
    }
    hypervisor = Hypervisor(state: state)
    for group in [APIGroup.ldc, .interrupt] {
      _ = hypervisor.coreTrap(caller, 0, HypercallArguments(group.rawValue, 1, 0))
    }
  }

  private static func connect(
    _ state: inout HypervisorState, _ own: VectorFields, channel: ChannelID
  ) throws {
    var end = ChannelEnd(DomainID(0), channel: channel)
    end.transmitInterrupt = try own.optionalObject("tx_interrupt")?.optionalNumber("ino")
    end.receiveInterrupt = try own.optionalObject("rx_interrupt")?.optionalNumber("ino")
    do {
      switch try own.string("target") {
      case "guest":
        _ = try state.connectChannel(end, ChannelEnd(DomainID(1), channel: peerChannel))
      case "hv": try state.addServiceChannel(end, target: .hypervisor, isPrivate: false)
      case "sp": try state.addServiceChannel(end, target: .serviceProcessor, isPrivate: false)
      case let other: throw VectorError("\(own.path).target: there is no target \(other)")
      }
    } catch let error as ChannelConstructionError {
      throw VectorError("\(own.path): \(error.description)")
    }
  }

  private static func configure(
    _ state: inout HypervisorState, _ domain: DomainID, _ channel: ChannelID, _ given: VectorFields
  ) throws {
    let place = Int(channel.rawValue)
    let isLive = try given.optionalBool("live") ?? true
    let isPrivate = try given.optionalBool("private") ?? false
    let transmit = try queue(given.optionalObject("tx"), state, domain)
    let receive = try queue(given.optionalObject("rx"), state, domain)
    let isUpdated = try given.optionalBool("rx_updated") ?? false
    let receiveInterrupt = try given.optionalObject("rx_interrupt").map(Interrupt.init)
    let transmitInterrupt = try given.optionalObject("tx_interrupt").map(Interrupt.init)
    _ = state.modifyDomain(domain) { record in
      guard record.channels.endpoints.indices.contains(place) else { return }
      record.channels.endpoints[place].isLive = isLive
      record.channels.endpoints[place].isPrivate = isPrivate
      record.channels.endpoints[place].transmit = transmit
      record.channels.endpoints[place].receive = receive
      record.channels.endpoints[place].isUpdated = isUpdated
      receiveInterrupt?.write(to: &record.channels.endpoints[place].receiveInterrupt)
      transmitInterrupt?.write(to: &record.channels.endpoints[place].transmitInterrupt)
    }
  }

  /// An interrupt's state as a case gives it.
  private struct Interrupt {
    let target: UInt64?
    let isValid: Bool
    let state: InterruptState
    let cookie: UInt64

    init(_ given: VectorFields) throws {
      _ = try given.optionalNumber("ino")
      target = try given.optionalNumber("target_cpu")
      isValid = try given.number("valid") != 0
      cookie = try given.optionalNumber("cookie") ?? 0
      let name = try given.string("state")
      guard let state = InterruptState(name: name) else {
        throw VectorError("\(given.path).state: there is no state \(name)")
      }
      self.state = state
    }

    func write(to interrupt: inout VirtualInterrupt) {
      interrupt.target = target
      interrupt.isValid = isValid
      interrupt.state = state
      interrupt.cookie = cookie
    }
  }

  private static func queue(
    _ given: VectorFields?, _ state: HypervisorState, _ domain: DomainID
  ) throws -> ChannelQueue {
    guard let given else { return ChannelQueue() }
    let base = RealAddress(try given.number("base_ra"))
    let size = try given.number("entries") &* ChannelQueue.packetSize
    let physical = state.domain(domain)?.memoryMap.physical(base, size: size)
    return try ChannelQueue(
      base: base, size: size, head: given.optionalNumber("head") ?? 0,
      tail: given.optionalNumber("tail") ?? 0, physical: physical ?? PhysicalAddress(0))
  }

  private static func export(
    _ state: inout HypervisorState, _ domain: DomainID, _ channel: ChannelID, _ given: VectorFields
  ) throws {
    guard let table = try given.optionalObject("map_table") else { return }
    let base = RealAddress(try table.number("ra"))
    let entries = try table.number("entries")
    guard
      let physical = state.domain(domain)?.memoryMap.physical(
        base, size: entries &* ChannelMapTable.entrySize)
    else { throw VectorError("\(table.path): the table is not in the domain's memory") }
    _ = state.modifyDomain(domain) {
      $0.channels.endpoints[Int(channel.rawValue)].mapTable = ChannelMapTable(
        base: base, entries: entries, physical: physical)
    }
    for entry in try table.objects("mte") {
      let offset = try entry.number("index") &* ChannelMapTable.entrySize
      state.storeWord(
        try entry.number("word0"), at: PhysicalAddress(physical.rawValue &+ offset))
    }
  }

  func call(_ call: Hypercall, _ arguments: [UInt64]) -> HypercallResult {
    let registers = arguments + Array(repeating: 0, count: max(0, 5 - arguments.count))
    return hypervisor.fastTrap(
      caller, call.number,
      HypercallArguments(registers[0], registers[1], registers[2], registers[3], registers[4]))
  }

  /// Everything that a case may compare.
  func after() -> JSONValue {
    var found: [String: JSONValue] = [:]
    if let end = hypervisor.state.domain(caller)?.channels[channel] {
      found["tx_head"] = .unsigned(end.transmit.head)
      found["tx_tail"] = .unsigned(end.transmit.tail)
      found["rx_head"] = .unsigned(end.receive.head)
      found["rx_tail"] = .unsigned(end.receive.tail)
      found["rx_updated"] = .bool(end.isUpdated)
      found["rx_interrupt_state"] = .string(end.receiveInterrupt.state.name)
      found["map_table_entries"] = .unsigned(end.mapTable?.entries ?? 0)
    }
    if let end = hypervisor.state.domain(peer)?.channels[Self.peerChannel] {
      found["peer_tx_head"] = .unsigned(end.transmit.head)
      found["peer_rx_updated"] = .bool(end.isUpdated)
      found["peer_rx_interrupt_state"] = .string(end.receiveInterrupt.state.name)
    }
    if let imports = hypervisor.state.domain(caller)?.imports {
      found["mapin_free"] = .array(imports.free(limit: 16).map { .integer(Int64($0)) })
      if let (slot, page) = imports.used.last {
        found["mapin_slot"] = [
          "slot": .integer(Int64(slot)), "pa": .unsigned(page.physical.rawValue),
          "page_size_code": .integer(Int64(page.pageSize.code)),
          "perms": .unsigned(page.rights.rawValue),
        ]
      }
    }
    return .object(found)
  }
}
