import Foundation
import LineEditor
import LuaRuntime
import Testing

@testable import Shell

/// Refuses memory to Lua at every point in turn, in a session with everything in it.
///
/// A refusal ends the run with "not enough memory", or a script's own `pcall` takes it; either way
/// the same state goes on, and when it has nothing of the run any more, no object is left over.
@Suite struct MemorySweepTests {
  /// A little of everything that scripts do; what has a Swift object is kept in `kept`.
  static let script = """
    kept = {}
    local function keep(x) kept[#kept + 1] = x return x end
    local m = keep(sun4v.machine { seed = 42 })
    local primary = keep(m:domain("primary"))
    local bus = keep(primary:add_root_complex { name = "pci@400", window = { size = "64M" } })
    local net = keep(bus:add_function { bdf = "01:00.0", name = "net0" })
    local guest = keep(m:add_domain { name = "ldg1", memory = "64M" })
    m:boot()
    local seen = 0
    m:on("grant", function(event) seen = seen + (event.time or 0) end)
    local grant = keep(guest:negotiate { pages = 4, align = "16K" })
    local buffer = keep(guest:allocate("32K"))
    local map = keep(guest:map { buffer = buffer, grant = grant, length = "8K" })
    local recorder = keep(m:record { every = 100 })
    m:run { steps = 2 }
    keep(bus:picture { from = map.dva }):text { columns = 70, color = true }
    keep(m:picture())
    net:write(map.dva, "through the IOMMU")
    assert(buffer:read(0, 7) == "through")
    local h = keep(guest.dma:map_single(net, buffer, 0, 100, "to_device"))
    guest.dma:unmap(h)
    local list = { { buffer, 0, 8192 }, { buffer, 16384 } }
    guest.dma:unmap(keep(guest.dma:map_sg(net, list, "from_device")))
    local co = coroutine.wrap(function()
      for _, event in ipairs(m:events { last = 2 }) do coroutine.yield(event) end
    end)
    co()
    pcall(guest.map, guest, { buffer = buffer, grannt = grant })
    pcall(guest.dma.map_single, guest.dma, net, buffer, 0, 64, "sideways")
    xpcall(function() guest:negotiate { pages = 1 << 40 } end, debug.traceback)
    local module = require("sweep_module")
    module.count(list)
    shell.help("domain.negotiate")
    shell.help(guest)
    shell.apropos("grant")
    local before = keep(m:snapshot())
    map:unmap()
    keep(guest.dma:alloc_coherent(net, 4096)).buffer:write(0, "ring")
    guest.dma:limits(net, { max_segment = "8K" })
    assert(#before:diff(m:snapshot()) > 0 and tostring(grant) and m:descriptions())
    collectgarbage()
    return m, grant, bus:picture(), recorder:chart { height = 4 }, { list = list, text = "x", [1] = 1.5 }, error
    """

  /// What a person does at the prompt, once the script has left its globals.
  static let typed = [
    "kept[2]:", "sun4v.ma", "kept[5]:negotiate { pa", "guest.dma:map_single(net, b, 0, 1, \"",
  ]

  /// One session, with its output in a file.
  final class Bench {
    let context: ShellContext
    let state: LuaState

    init(_ folder: URL) throws {
      var options = RunOptions()
      options.ignoresEnvironment = true
      options.seed = 1
      context = ShellContext(options)
      context.output = try OutputFile(folder.appendingPathComponent("output").path)
      state = try context.session().state
      try state.run("package.path = (...) .. '/?.lua'", name: "=test", arguments: [folder.path])
      try clear()
    }

    /// Does everything once: the script, the display of what it returned, and completion.
    func work() throws {
      for value in try state.run(MemorySweepTests.script, name: "@sweep.lua") {
        try context.show(value)
      }
      for text in MemorySweepTests.typed {
        let request = CompletionRequest(line: text, cursor: text.utf8.count)
        _ = Completing(context: context, block: []).complete(request)
      }
      _ = try state.evaluate("kept[3], #kept")
    }

    /// Drops what a run left behind.
    ///
    /// The first run gives back the references that Swift has let go.
    func clear() throws {
      try state.run("kept = nil package.loaded.sweep_module = nil", name: "=test")
      try state.run("collectgarbage() collectgarbage()", name: "=test")
    }

    /// The objects that a run has made so far; plain ones are no Swift objects.
    func objects() throws -> [Weak] {
      guard try state.global("kept").kind == .table else { return [] }
      return try state.run("return table.unpack(kept)", name: "=test")
        .compactMap { ($0.object as? any LuaObject).map(Weak.init) }
    }
  }

  struct Weak {
    weak var object: (any LuaObject)?
    init(_ object: any LuaObject) { self.object = object }
  }

  /// Whether everything was done with memory refused at a point; nothing was refused then.
  static func refuse(_ point: UInt64, _ width: UInt64, _ bench: Bench) throws -> Bool {
    let before = bench.state.statistics?.refusals
    bench.state.failGrowth(first: point, width: width)
    do {
      try bench.work()
    } catch let failure as LuaFailure {
      let isAboutMemory = failure.message.contains("not enough memory")
      #expect(isAboutMemory, "point \(point): \(failure.message)")
    }
    bench.state.failGrowth(first: 0, width: 0)
    let left = try bench.objects()
    try bench.clear()
    #expect(left.allSatisfy { $0.object == nil }, "point \(point): objects stay")
    let sum = try bench.state.run("return 1 + 1", name: "=test").first?.integer
    #expect(sum == 2, "point \(point)")
    return bench.state.statistics?.refusals == before
  }

  /// Two refusals in a row are one for a program: Lua collects its garbage and asks again.
  @Test(arguments: [2, UInt64.max])
  func anyAllocationMayFail(width: UInt64) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("dvmash-sweep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data("return { count = function(list) return #list end }".utf8)
      .write(to: folder.appendingPathComponent("sweep_module.lua"))
    var bench = try Bench(folder)
    try bench.work()
    try bench.clear()
    let objects = bench.state.statistics?.objects
    var point: UInt64 = 1
    var walked: UInt64 = 0
    while try !Self.refuse(point, width, bench) {
      #expect(bench.state.statistics?.objects == objects, "point \(point)")
      walked += 1
      point += 1
      if walked.isMultiple(of: 100) {
        bench.context.closeSession()
        bench = try Bench(folder)
        try bench.work()
        try bench.clear()
      }
    }
    #expect(walked > 200)
    bench.context.closeSession()
  }
}
