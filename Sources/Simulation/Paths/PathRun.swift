// Theory of operation
//
// One way at one number of guests, in rounds. In a round each guest starts as many operations as its
// depth allows; the clock runs until no message is under way; the devices fill the buffers that have
// been mapped for them and interrupt whoever drives them, once for each device; that domain ends its
// operations; the clock runs again until the guests have their answers, and each guest compares every
// byte. Guests begin a round in an order that the seed shuffles.
//
// All calls, packets and channel interrupts are the model's own and counted from its stream of events.
// A device's completion is the one thing that is counted without being carried out: the interrupt is
// charged to the domain that drives the device, but no MSI is written, since that would be the same in
// the three ways.
//
// Invariants: between rounds no operation is under way, no entry is valid in anybody's buffers, and no
// page is imported.
//
// Source: docs/paths.md.

import Hypervisor
import Negotiation
import Sun4v

/// The run of one way.
struct PathRun {
  /// The longest time, in nanoseconds of the model's clock, that messages of one step take.
  private static let settleTime: UInt64 = 100_000_000

  private let request: PathRequest
  private let way: IOPath
  private let bench: PathMachine
  private let data: PathData
  private var machine: Machine { bench.machine }
  private var generator: SeededGenerator
  private var meter: PathMeter
  private var askers: [ExportingGuest] = []
  private var servers: [ServingEnd] = []
  private var mappers: [DirectGuest] = []
  private var pending: [PathTransfer] = []
  private var arrived: [UInt64]

  /// Runs one way for a number of guests, and reports the operations that are done, of all guests.
  static func result(
    _ way: IOPath, guests: Int, _ request: PathRequest, isInterrupted: @escaping () -> Bool,
    reportDone: (UInt64) -> Void
  ) throws(MachineError) -> PathResult {
    var run = try PathRun(way, guests: guests, request, isInterrupted: isInterrupted)
    defer { run.machine.close() }
    try run.prepare()
    let setup = run.meter
    run.meter.reset()
    try run.operate(reportDone)
    try run.machine.check()
    return PathResult(way: way, request: request, guests: guests, setup: setup, run: run.meter)
  }

  private init(
    _ way: IOPath, guests: Int, _ request: PathRequest, isInterrupted: @escaping () -> Bool
  ) throws(MachineError) {
    self.way = way
    self.request = request
    bench = try PathMachine(request, guests: guests, isInterrupted: isInterrupted)
    data = PathData(seed: request.seed, size: request.size)
    generator = SeededGenerator(seed: request.seed)
    meter = PathMeter(domains: guests + 1)
    arrived = Array(repeating: 0, count: guests)
  }

  private func port(_ domain: DomainID) -> DomainPort { machine.port(of: domain) }

  // MARK: Before the first operation

  private mutating func prepare() throws(MachineError) {
    try settle()
    machine.hypervisor.events.isListening = true
    for place in bench.guests.indices {
      if way == .direct {
        mappers.append(try DirectGuest(bench, place, request))
      } else {
        try connect(place)
      }
    }
    try settle()
    for place in askers.indices where !askers[place].endpoint.isUp || !servers[place].endpoint.isUp
    {
      throw MachineError(.timeout, "the I/O channel of guest \(place + 1) did not come up")
    }
  }

  private mutating func connect(_ place: Int) throws(MachineError) {
    let guest = bench.guests[place]
    let ends = try bench.connect(guest)
    let target = try machine.window(of: bench.rootComplex)
    let range = PathRange(
      iommu: try bench.iommu(of: Machine.control),
      firstEntry: try machine.takePrivate(request.pagesPerGuest, target),
      pages: request.pagesPerOperation, requester: bench.functions[place])
    let bounce = way == .proxied ? try bench.buffers(of: Machine.control, request) : nil
    let entries = ExportingGuest.tableEntries(pages: request.pagesPerGuest)
    let tableBytes = entries &* ChannelMapTable.entrySize
    let table = try bench.memory(of: guest, tableBytes, alignment: tableBytes)
    askers.append(
      ExportingGuest(
        endpoint: ends.guest, buffers: try bench.buffers(of: guest, request), table: table,
        way: way))
    servers.append(
      ServingEnd(
        endpoint: ends.control, channel: ends.controlChannel, guest: place, request: request,
        range: range, bounce: bounce))
    try askers[place].endpoint.open(port(guest))
    try servers[place].endpoint.open(port(Machine.control))
    let status = port(guest).fastTrap(
      HypercallNumber.ldcSetMapTable, ends.guestChannel.rawValue, table.rawValue, entries
    ).status
    if status != .ok { throw MachineError(refused: "ldc_set_map_table", status) }
  }

  // MARK: Rounds

  private mutating func operate(_ reportDone: (UInt64) -> Void) throws(MachineError) {
    var first: UInt64 = 0
    let all = UInt64(request.operations)
    while first < all {
      reportDone(first * UInt64(bench.guests.count))
      let count = min(UInt64(request.depth), all - first)
      for place in shuffledGuests() {
        try start(place, 0..<Int(count), first)
      }
      try settle()
      try completeTransfers()
      try settle()
      first += count
      for (place, done) in arrived.enumerated() where done != first {
        throw MachineError(
          .invariant, "guest \(place + 1) has \(done) answers to \(first) operations")
      }
    }
  }

  /// The guests in an order of the seed's, the same with every version of the standard library.
  private mutating func shuffledGuests() -> [Int] {
    var order = Array(bench.guests.indices)
    for last in order.indices.dropFirst().reversed() {
      order.swapAt(last, Int(generator.below(UInt32(last + 1))))
    }
    return order
  }

  private mutating func start(
    _ place: Int, _ slots: Range<Int>, _ first: UInt64
  ) throws(MachineError) {
    let guest = bench.guests[place]
    if way == .direct {
      for slot in slots {
        let operation = first + UInt64(slot)
        pending.append(try mappers[place].start(slot, operation, bench))
        meter[guest].deviceOperations += 1
      }
    } else {
      meter[guest].pagesExported += try askers[place].ask(
        slots: slots, first: first, workload: request.workload, port(guest))
    }
  }

  /// The devices do what they were told, and whoever told them takes the results.
  private mutating func completeTransfers() throws(MachineError) {
    var finished: [[PathTransfer]] = Array(repeating: [], count: bench.guests.count)
    for transfer in pending {
      let bytes = data.bytes(guest: transfer.guest, operation: transfer.operation)
      var failure: MachineError?
      bytes.withUnsafeBytes { buffer in
        do throws(MachineError) {
          try machine.deviceWrite(
            bench.rootComplex, requester: bench.functions[transfer.guest], transfer.address, buffer)
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      finished[transfer.guest].append(transfer)
    }
    pending.removeAll(keepingCapacity: true)
    for (place, transfers) in finished.enumerated() where !transfers.isEmpty {
      if way == .direct {
        meter[bench.guests[place]].deviceInterrupts += 1
        for transfer in transfers {
          try mappers[place].finish(transfer.slot, bench)
          try take(transfer.operation, at: mappers[place].buffers.address(transfer.slot), place)
        }
      } else {
        meter[Machine.control].deviceInterrupts += 1
        try servers[place].finish(
          transfers, workload: request.workload, port(Machine.control))
      }
    }
  }

  /// A guest has an operation's bytes, and compares them.
  private mutating func take(
    _ operation: UInt64, at address: RealAddress, _ place: Int
  ) throws(MachineError) {
    let guest = bench.guests[place]
    guard
      port(guest).read(address, count: Int(request.size))
        == data.bytes(guest: place, operation: operation)
    else {
      throw MachineError(
        .invariant, "operation \(operation) of guest \(place + 1): other bytes came than were sent")
    }
    arrived[place] += 1
  }

  // MARK: Messages

  /// Lets everything happen that messages lead to.
  private mutating func settle() throws(MachineError) {
    let limit = machine.now.advanced(byNanoseconds: Self.settleTime)
    repeat {
      machine.noticeInterrupts()
      while let next = machine.next(), next.time <= limit {
        try machine.step(until: limit)
        if case .interrupts(let domain) = next.due { try serve(domain) }
        machine.noticeInterrupts()
        meter.collect(machine.hypervisor.events)
        if machine.isInterrupted() {
          throw MachineError(.interrupted, "the comparison was stopped")
        }
      }
    } while try serveDeadlines(until: limit)
    meter.collect(machine.hypervisor.events)
  }

  /// Serves the channels whose interrupts came for a domain.
  private mutating func serve(_ domain: DomainID) throws(MachineError) {
    for mondo in bench.takeInterrupts(of: domain) {
      if domain == Machine.control {
        if let place = servers.firstIndex(where: { $0.endpoint.cookie == mondo.source }) {
          try serveControl(place)
        }
      } else if askers.indices.contains(domain.rawValue - 1),
        askers[domain.rawValue - 1].endpoint.cookie == mondo.source
      {
        try serveGuest(domain.rawValue - 1)
      }
    }
  }

  private mutating func serveControl(_ place: Int) throws(MachineError) {
    let port = port(Machine.control)
    for message in try servers[place].endpoint.service(port) {
      let transfers = try servers[place].accept(message, port)
      meter[Machine.control].deviceOperations += UInt64(transfers.count)
      pending += transfers
    }
  }

  private mutating func serveGuest(_ place: Int) throws(MachineError) {
    let guest = bench.guests[place]
    for message in try askers[place].endpoint.service(port(guest)) {
      guard message.kind == .done, let slots = message.slots(depth: request.depth) else {
        throw MachineError(.invariant, "guest \(place + 1) cannot use the control domain's answer")
      }
      for slot in slots {
        meter[guest].pagesExported += try askers[place].withdraw(slot, port(guest))
        let operation = message.operation &+ UInt64(slot - slots.lowerBound)
        try take(operation, at: askers[place].buffers.address(slot), place)
      }
    }
  }

  /// Serves the ends whose timers are due next; false where none is before `limit`.
  private mutating func serveDeadlines(until limit: VirtualTime) throws(MachineError) -> Bool {
    let deadlines = askers.compactMap(\.endpoint.deadline) + servers.compactMap(\.endpoint.deadline)
    guard let next = deadlines.min(), next <= limit else { return false }
    machine.advanceClock(to: next)
    for place in askers.indices {
      if let due = askers[place].endpoint.deadline, due <= next { try serveGuest(place) }
      if let due = servers[place].endpoint.deadline, due <= next { try serveControl(place) }
    }
    return true
  }
}
