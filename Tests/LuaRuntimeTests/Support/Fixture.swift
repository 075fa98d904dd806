import LuaRuntime
import Testing

/// Counts its living instances, so that tests see leaks.
final class Census {
  var alive = 0
}

/// A range of addresses, as a stand-in for an engine object.
final class Grant: LuaObject {
  static let luaName = "grant"
  let census: Census
  let dva: UInt64
  var pages: UInt64
  var isLive = true

  init(dva: UInt64, pages: UInt64, census: Census) {
    self.dva = dva
    self.pages = pages
    self.census = census
    census.alive += 1
  }

  deinit { census.alive -= 1 }
}

/// What makes grants, and listens.
final class Domain: LuaObject {
  static let luaName = "domain"
  let census: Census
  let name: String
  private(set) lazy var first = Grant(dva: 0x8000_0000, pages: 4, census: census)
  var listener: LuaFunction?
  var counter: Int64 = 0

  init(name: String, census: Census) {
    self.name = name
    self.census = census
    census.alive += 1
  }

  deinit { census.alive -= 1 }
}

/// What functions need to know of a grant.
struct PassedGrant: LuaProjection {
  let dva: UInt64

  init(of grant: Grant) { dva = grant.dva }
}

/// A place in a domain, as a stand-in for what scripts make by the thousand.
struct Slot: LuaPlainObject {
  /// Two numbers.
  struct Data: BitwiseCopyable {
    let number: Int64
    let pages: UInt64
  }

  static let luaName = "slot"
  let owner: Domain
  let data: Data
}

/// The options of a function that is called often.
struct SlotOptions: LuaFields {
  let number: Int64
  let pages: UInt64
  let size: Size?
  let direction: Direction
  let domain: Domain?

  static var luaFields: [any OptionField] {
    [
      Parameter<Int64>("number", "Which"), Parameter<UInt64>.count("pages", default: 3),
      Parameter<Size?>("size", "How much"), Parameter<Direction>("direction", default: .toDevice),
      Parameter<Domain?>("domain", "Whose"),
    ]
  }

  init(parts: inout LuaParts) throws(LuaMismatch) {
    number = try parts.next(Int64.self)
    pages = try parts.next(UInt64.self)
    size = try parts.next(Size?.self)
    direction = try parts.next(Direction.self)
    domain = try parts.next(Domain?.self)
  }
}

enum Direction: String, LuaChoice {
  static let luaName = "direction"
  case toDevice = "to_device"
  case fromDevice = "from_device"
}

/// A size as a number or as text, as the bindings of the engine have it.
struct Size: LuaArgument, Equatable {
  let bytes: UInt64
  static var luaType: LuaType { .custom("size") }
  static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> Size {
    if let integer = value.exactInteger, integer >= 0 { return Size(bytes: UInt64(integer)) }
    if value.text == "64K" { return Size(bytes: 65536) }
    throw .expected("size (such as 4096 or \"64K\")", got: value)
  }
}

struct NoAccess: LuaConvertibleError {
  let address: UInt64
  var code: String { "no_access" }
  var name: String { "ENOACCESS" }
  var message: String { "0x\(String(address, radix: 16)) is outside every grant" }
  var luaFields: [(name: String, value: LuaValue)] { [("dva", .address(address))] }
}

/// A registry with one of everything.
func makeRegistry(_ census: Census) -> BindingRegistry {
  let registry = BindingRegistry()
  registry.type(Grant.self, "A range of addresses") { t in
    t.property("dva", "Where it begins", type: .address) { $0.dva }
    t.property(
      "pages", "How many", unit: "pages", get: { $0.pages }, set: { $0.pages = $1 })
    t.method("release", "Gives it back") { grant in
      guard grant.isLive else {
        throw LuaBindingError(code: "released", message: "the grant is released already")
      }
      grant.isLive = false
    }
    t.text { "grant at \($0.dva), \($0.pages) pages" }
    t.length { Int($0.pages) }
    t.close { $0.isLive = false }
  }
  registry.type(Domain.self, "A guest") { t in
    declareDomain(t, census)
    declareSlots(t)
  }
  registry.type(Slot.self, "A place in a domain") { t in
    t.property("number", "Its number") { $0.data.number }
    t.property("pages", "How many", unit: "pages") { $0.data.pages }
    t.property("domain", "Whose it is") { $0.owner }
    t.text { "slot \($0.data.number) of \($0.owner.name)" }
    t.method("next", "The one after") { slot in
      Slot(owner: slot.owner, data: .init(number: slot.data.number + 1, pages: slot.data.pages))
    }
    t.method("wait", "Calls, and looks at itself afterwards", Parameter<LuaFunction>("function")) {
      slot, function in
      try function()
      return slot.owner.name + ":\(slot.data.number)"
    }
  }
  registry.module("sim", "A simulation") { m in
    m.function(
      "domain", "Makes a domain", Parameter<String>("name", "Its name"),
      documentation: .init(example: "local d = sim.domain('x')")
    ) { name in Domain(name: name, census: census) }
    m.function("sum", "Adds", .rest("values", "What to add")) { rest -> Int64 in
      let sum: Int64 = rest.values.reduce(0) { $0 &+ ($1.exactInteger ?? 0) }
      return sum
    }
    m.constant("page_size", "Bytes of a page", .integer(8192))
    m.module("words", "Words") { m in
      m.function("upper", "In capitals", Parameter<String>("text")) { $0.uppercased() }
    }
  }
  return registry
}

private func declareSlots(_ t: TypeBuilder<Domain>) {
  t.method("slot", "Makes a slot", Parameter<SlotOptions>.fields("options")) { domain, o -> Slot in
    Slot(
      owner: o.domain ?? domain,
      data: .init(number: o.number, pages: o.pages &+ (o.size?.bytes ?? 0)))
  }
  t.method("direction", "Reads options", Parameter<SlotOptions>.fields("options")) {
    _, o -> Direction in o.direction
  }
  t.method("slots", "Makes slots", Parameter<Int>("count")) { domain, count -> [Slot] in
    (0..<count).map { Slot(owner: domain, data: .init(number: Int64($0), pages: 1)) }
  }
  t.method("number", "Of a slot of whichever domain", Parameter<Slot>("slot")) { _, slot in
    slot.data.number
  }
}

private func declareDomain(_ t: TypeBuilder<Domain>, _ census: Census) {
  t.property("name", "Its name") { $0.name }
  t.property("first", "Its first grant") { $0.first }
  t.method(
    "add", "Adds", Parameter<Int64>("left"), Parameter<Int64>("right", default: 8)
  ) { domain, left, right in
    domain.counter &+= left
    return domain.counter &+ right
  }
  t.method("refuse", "Fails", .address("dva", "An address")) { _, dva -> Bool in
    throw NoAccess(address: dva)
  }
  t.method("count", "Takes a count", .count("pages", unit: "pages")) { _, pages in pages }
  t.method("keep", "Listens", Parameter<LuaFunction>("listener")) { $0.listener = $1 }
  t.method("forget", "Listens no more") { $0.listener = nil }
  t.method("fire", "Tells the listener", Parameter<LuaValue>("event")) { domain, event in
    try domain.listener?(event).first ?? .nil
  }
  t.method("each", "Calls", Parameter<LuaFunction>("function"), Parameter<Int>("times")) {
    domain, function, times in
    let canary = Grant(dva: 0, pages: 1, census: domain.census)
    var sum: Int64 = 0
    for index in 0..<times { sum &+= try function.call(index, returning: Int64.self) }
    return sum &+ Int64(canary.dva)
  }
  t.method("make", "Makes a grant", Parameter<UInt64>.count("pages", default: 1)) { domain, pages in
    Grant(dva: 0x1000, pages: pages, census: domain.census)
  }
  t.method("same", "Compares", Parameter<Grant>("grant")) { $0.first === $1 }
  t.method(
    "addresses", "Adds up where grants begin", Parameter<[PassedGrant]>("grants"),
    Parameter<PassedGrant?>("last")
  ) { _, grants, last -> UInt64 in
    let sum = grants.reduce(0) { $0 &+ $1.dva }
    return sum &+ (last?.dva ?? 0)
  }
  t.method("dva", "Where a grant begins", Parameter<PassedGrant>("grant")) { $1.dva }
  t.method("echo", "Gives back", Parameter<LuaValue>("value")) { $1 }
  t.method("bytes", "Counts bytes", Parameter<LuaBytes>("data")) { $1.buffer.count }
  t.method("pair", "Gives two") { LuaResults($0.name, 2) }
  t.method("list", "Gives grants") { domain in
    LuaValue.record([
      ("name", .string(domain.name)), ("grants", .list([.object(domain.first), .integer(2)])),
    ])
  }
  t.method("direct", "Takes a word", Parameter<Direction>("direction", default: .toDevice)) {
    $1
  }
  t.method("total", "Adds sizes", Parameter<[Size]>("sizes")) { _, sizes -> UInt64 in
    let sum: UInt64 = sizes.reduce(0) { $0 &+ $1.bytes }
    return sum
  }
  let pages = Parameter<UInt64>.count("pages", "How many", unit: "pages")
  let align = Parameter<Size?>("align", "Alignment", unit: "bytes")
  let mode = Parameter<Direction>("direction", "Which way", default: .fromDevice)
  let note = Parameter<LuaFunction?>("note", "Called after")
  t.method(
    "negotiate", "Asks for a range", .options("options", pages, align, mode, note),
    returns: [.init("grant", .any, "The range")],
    documentation: .init(errors: ["no_space: the window is full"])
  ) { domain, options in
    let grant = Grant(
      dva: try options[align]?.bytes ?? 1, pages: try options[pages], census: domain.census)
    try options[note]?(grant, options[mode])
    return grant
  }
}

/// A state, its registry and its census.
struct Fixture {
  let census = Census()
  let state: LuaState

  init(_ configuration: LuaConfiguration = .init()) throws {
    state = try LuaState(registry: makeRegistry(census), configuration: configuration)
  }

  /// The results of a chunk as plain data.
  func values(_ source: String) throws -> [LuaValue] {
    try state.run(source, name: "@test.lua").map { try $0.value() }
  }

  /// The one result of a chunk as text.
  func text(_ source: String) throws -> String? {
    try state.run("return tostring((function() \(source) end)())", name: "@test.lua").first?.text
  }

  /// The text of the error that a chunk raises.
  func error(_ source: String) throws -> String? {
    do {
      try state.run(source, name: "@test.lua")
      return nil
    } catch let failure as LuaFailure {
      return failure.message
    }
  }
}
