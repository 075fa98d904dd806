import Negotiation
import Sun4v

/// The hypervisor's table of grants, as far as the agent's calls go, with failures to inject.
final class GrantBook: GrantInstalling {
  struct Entry: Hashable {
    let channel: ChannelID
    let index: UInt64
    let pages: UInt64
  }

  private(set) var entries: [Entry] = []
  /// What was asked that a correct agent never asks.
  private(set) var violations: [String] = []
  /// Answers the next calls with these instead of doing anything.
  var failures: [HypervisorStatus] = []

  func install(
    _ handle: DeviceHandle, channel: ChannelID, index: UInt64, pages: UInt64
  ) -> HypervisorStatus {
    if !failures.isEmpty { return failures.removeFirst() }
    if let other = entries.first(where: {
      $0.index < index + pages && index < $0.index + $0.pages
    }) {
      violations.append("\(index) +\(pages) overlaps \(other)")
      return .busy
    }
    entries.append(Entry(channel: channel, index: index, pages: pages))
    return .ok
  }

  func remove(_ handle: DeviceHandle, index: UInt64, pages: UInt64) -> HypervisorStatus {
    if !failures.isEmpty { return failures.removeFirst() }
    guard let place = entries.firstIndex(where: { $0.index == index && $0.pages == pages }) else {
      violations.append("no grant of \(pages) pages at \(index)")
      return .noMapping
    }
    entries.remove(at: place)
    return .ok
  }
}

/// A control domain's agent and guests' agents, with nothing between them but messages that get lost,
/// doubled, late and out of order, and sessions that break.
struct ChaoticNetwork {
  static let handle = DeviceHandle(rawValue: 0x780)
  static let window = DVMAWindow(
    handle: handle, base: DVMAAddress(0x8000_0000), pages: 512, pageSize: .size8K)

  struct Packet {
    let toControl: Bool
    let guest: Int
    let due: VirtualTime
    let bytes: [UInt8]
  }

  var chance: SeededGenerator
  var now = VirtualTime.zero
  /// Chances in 100 of loss, of doubling and of one inverted bit; lateness, in nanoseconds, reorders.
  var loss: UInt32 = 0
  var damage: UInt32 = 0
  var doubling: UInt32 = 0
  var lateness: UInt32 = 1
  var control: ControlAgent
  var guests: [GuestAgent] = []
  let book = GrantBook()
  var packets: [Packet] = []
  var isUp: [Bool]
  var incarnations: [UInt64]
  /// The requests of each guest's present incarnation, and how many ranges each asked.
  var asked: [[RequestID: Int]]
  var events: [NegotiationEvent] = []

  init(
    guests count: Int, seed: UInt64, policy: AllocationPolicy = .binned,
    limits: (inout ControlAgentConfiguration) -> Void = { _ in }
  ) throws {
    chance = SeededGenerator(seed: seed)
    var configuration = ControlAgentConfiguration(
      windows: [Self.window],
      guests: (0..<count).map {
        GuestPeer(channel: ChannelID(UInt64($0)), domain: DomainID($0 + 1))
      }, generation: 1, policy: policy)
    configuration.scarcityFloor = 0
    limits(&configuration)
    control = try ControlAgent(configuration: configuration)
    isUp = Array(repeating: false, count: count)
    incarnations = Array(repeating: 1, count: count)
    asked = Array(repeating: [:], count: count)
    for guest in 0..<count { guests.append(Self.agent(guest, 1)) }
  }

  static func agent(_ guest: Int, _ incarnation: UInt64) -> GuestAgent {
    GuestAgent(
      configuration: GuestAgentConfiguration(
        domain: DomainID(guest + 1), windows: [window], generation: incarnation))
  }

  func channel(_ guest: Int) -> ChannelID { ChannelID(UInt64(guest)) }

  private mutating func post(_ toControl: Bool, _ guest: Int, _ bytes: [UInt8]) {
    guard isUp[guest], chance.below(100) >= loss else { return }
    for _ in 0..<(chance.below(100) < doubling ? 2 : 1) {
      let due = now.advanced(byNanoseconds: 1 + UInt64(chance.below(lateness)))
      var bytes = bytes
      if chance.below(100) < damage {
        let bit = Int(chance.below(UInt32(bytes.count * 8)))
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      }
      packets.append(Packet(toControl: toControl, guest: guest, due: due, bytes: bytes))
    }
  }

  mutating func withControl(_ body: (inout ControlAgent, inout ControlAgentOutput) -> Void) {
    var output = ControlAgentOutput()
    body(&control, &output)
    events += output.events
    for outgoing in output.messages {
      post(false, Int(outgoing.channel.rawValue), outgoing.message.bytes)
    }
  }

  mutating func withGuest<Result>(
    _ guest: Int, _ body: (inout GuestAgent, inout GuestAgentOutput) throws -> Result
  ) rethrows -> Result {
    var output = GuestAgentOutput()
    let result = try body(&guests[guest], &output)
    events += output.events
    for message in output.messages { post(true, guest, message.bytes) }
    return result
  }

  mutating func connect(_ guest: Int) {
    guard !isUp[guest] else { return }
    isUp[guest] = true
    let now = now
    let channel = channel(guest)
    withControl { agent, _ in agent.serviceUp(channel) }
    withGuest(guest) { $0.serviceUp(now: now, output: &$1) }
  }

  mutating func disconnect(_ guest: Int) {
    guard isUp[guest] else { return }
    isUp[guest] = false
    packets.removeAll { $0.guest == guest }
    let now = now
    let channel = channel(guest)
    withControl { $0.serviceDown(channel, now: now, output: &$1) }
    withGuest(guest) { $0.serviceDown(output: &$1) }
  }

  /// The guest crashes and boots again; the control domain is told or finds out.
  mutating func reboot(_ guest: Int, tellsControl: Bool) {
    disconnect(guest)
    let now = now
    let book = book
    let channel = channel(guest)
    if tellsControl {
      withControl { $0.guestGone(channel, now: now, through: book, output: &$1) }
    }
    incarnations[guest] += 1
    guests[guest] = Self.agent(guest, incarnations[guest])
    asked[guest] = [:]
    connect(guest)
  }

  mutating func request(_ guest: Int, _ wanted: GrantRequest) throws -> RequestID {
    let now = now
    let id = try withGuest(guest) { try $0.requestGrant(wanted, now: now, output: &$1) }
    asked[guest][id] = Int(wanted.count)
    return id
  }

  mutating func release(_ guest: Int, _ grants: [GrantID]) throws -> RequestID {
    let now = now
    return try withGuest(guest) { try $0.release(grants, now: now, output: &$1) }
  }

  /// Delivers the next message or lets the next timer run out; false when there is neither.
  mutating func step() -> Bool {
    let packet = packets.indices.min { packets[$0].due < packets[$1].due }
    let timer = ([control.nextDeadline] + guests.map(\.nextDeadline)).compactMap { $0 }.min()
    let book = book
    if let packet, timer.map({ packets[packet].due <= $0 }) ?? true {
      let taken = packets.remove(at: packet)
      now = max(now, taken.due)
      let now = now
      let channel = channel(taken.guest)
      if taken.toControl {
        withControl {
          $0.receive(taken.bytes, from: channel, now: now, through: book, output: &$1)
        }
      } else {
        withGuest(taken.guest) { $0.receive(taken.bytes, now: now, output: &$1) }
      }
      return true
    }
    guard let timer else { return false }
    now = max(now, timer)
    let now = now
    withControl { $0.handleTimers(now: now, through: book, output: &$1) }
    for guest in guests.indices {
      withGuest(guest) { $0.handleTimers(now: now, output: &$1) }
    }
    return true
  }

  /// Runs until nothing is left to do.
  mutating func settle(limit: Int = 100_000) -> Bool {
    for _ in 0..<limit where !step() { return true }
    return false
  }

  /// Everything that is wrong now, whatever is still on its way.
  func inconsistencies() -> [String] {
    var found = control.checkInvariants() + book.violations
    let installed = book.entries.sorted { $0.index < $1.index }
    let known = control.grantList.map {
      GrantBook.Entry(
        channel: ChannelID(UInt64($0.guest.rawValue - 1)),
        index: ($0.address.rawValue - Self.window.base.rawValue) / 8192, pages: $0.pages)
    }.sorted { $0.index < $1.index }
    if installed != known { found.append("installed \(installed), known \(known)") }
    for guest in guests.indices {
      var answered: [RequestID: Int] = [:]
      for grant in control.grantList
      where grant.guest.rawValue == guest + 1 && isCurrent(grant, guest) {
        answered[grant.request, default: 0] += 1
      }
      for (request, count) in answered where count > asked[guest][request] ?? 0 {
        found.append("request \(request) of guest \(guest) has \(count) grants")
      }
    }
    return found
  }

  /// Whether a grant was made to the guest's present incarnation, which may start after the control
  /// domain has learnt of it.
  private func isCurrent(_ grant: ControlGrant, _ guest: Int) -> Bool {
    control.isConnected(channel(guest)) && incarnations[guest] == 1
  }

  /// Where the two sides disagree on what a guest holds, once nothing is on its way.
  func disagreements() -> [String] {
    guests.indices.compactMap { guest in
      let theirs = guests[guest].grantList.map(\.record)
      let ours = control.grantList.filter { $0.guest.rawValue == guest + 1 }.map(\.record)
      return theirs == ours ? nil : "guest \(guest) has \(theirs), control has \(ours)"
    }
  }
}
