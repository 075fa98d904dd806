import Hypervisor
import Simulation
import Sun4v
import Testing

/// A comparison small enough to derive its counts by hand.
private func small(_ change: (inout PathRequest) -> Void = { _ in }) -> PathRequest {
  var request = PathRequest()
  request.operations = 1
  request.guests = [1]
  request.seed = 7
  change(&request)
  return request
}

private func run(
  _ way: IOPath, _ change: (inout PathRequest) -> Void = { _ in }
) throws -> PathResult {
  var request = small(change)
  request.ways = [way]
  return try #require(PathComparison.run(request).first)
}

@Suite struct PathComparisonTests {
  /// What a block read costs each domain where it arrives by channel: three calls to take a message,
  /// one to send one.
  private let message: [UInt64: UInt64] = [
    HypercallNumber.ldcRxGetState: 1, HypercallNumber.ldcRxSetQHead: 1,
    HypercallNumber.vintrSetState: 1, HypercallNumber.ldcTxSetQTail: 1,
  ]

  @Test func oneProxiedBlockRead() throws {
    let result = try run(.proxied)
    #expect(result.guest.calls == message)
    let driving: [UInt64: UInt64] = [
      HypercallNumber.pciIOMMUMap: 1, HypercallNumber.pciIOMMUDemap: 1,
      HypercallNumber.ldcCopy: 1,
    ]
    #expect(result.control.calls == message.merging(driving) { a, _ in a })
    #expect(result.control.hypercalls == 7)
    #expect(result.control.bytesCopied == 8192)
    #expect(result.guest.bytesCopied == 0)
    #expect(result.control.packetsSent == 1 && result.control.packetsReceived == 1)
    #expect(result.guest.packetsSent == 1 && result.guest.packetsReceived == 1)
    #expect(result.control.channelInterrupts == 1 && result.control.deviceInterrupts == 1)
    #expect(result.guest.channelInterrupts == 1 && result.guest.deviceInterrupts == 0)
    #expect(result.guest.pagesExported == 2, "written for the request, cleared after the answer")
    #expect(result.control.contextSwitches == 1)
  }

  @Test func oneSharedBlockRead() throws {
    let result = try run(.shared)
    #expect(result.guest.calls == message)
    let driving: [UInt64: UInt64] = [
      HypercallNumber.ldcMapin: 1, HypercallNumber.pciIOMMUMap: 1,
      HypercallNumber.pciIOMMUDemap: 1, HypercallNumber.ldcUnmap: 1,
    ]
    #expect(result.control.calls == message.merging(driving) { a, _ in a })
    #expect(result.control.bytesCopied == 0)
    #expect(result.control.entriesMapped == 1 && result.control.entriesDemapped == 1)
  }

  @Test func oneDirectBlockRead() throws {
    let result = try run(.direct)
    #expect(
      result.guest.calls == [HypercallNumber.pciIOMMUMap: 1, HypercallNumber.pciIOMMUDemap: 1])
    #expect(result.guest.deviceInterrupts == 1 && result.guest.channelInterrupts == 0)
    #expect(result.control == PathCounts())
    #expect(result.controlCycles == 0 && result.controlShare == 0)
    #expect(result.controlSetup.count(of: HypercallNumber.dvmaGrant) == 1)
    #expect(result.controlSetupCycles > 0)
  }

  /// The cycles of the direct way from the table: two calls with an entry each, one interrupt, one
  /// operation.
  @Test func cyclesAreTheTableTimesTheCounts() throws {
    let result = try run(.direct)
    let calls: Double = 60 + 150 + 60 + 60 + 150 + 50
    #expect(result.guestCycles == calls + 1500 + 800)
    #expect(result.throughput == PathCosts.defaultClock / result.guestCycles)
    var costs = PathCosts()
    try costs.set("interrupt", to: 0)
    try costs.set("clock_hz", to: 1000)
    let cheaper = try run(.direct) { $0.costs = costs }
    #expect(cheaper.guestCycles == result.guestCycles - 1500)
    #expect(cheaper.throughput == 1000 / cheaper.guestCycles)
  }

  /// Bytes are compared inside the run, which throws where one differs; here sizes off every boundary.
  @Test(
    arguments: IOPath.allCases, [(1, 1), (8191, 3), (8193, 2), (100_000, 2), (600_000, 1)])
  func bytesArriveInEverySize(way: IOPath, shape: (size: UInt64, depth: Int)) throws {
    let result = try run(way) {
      $0.size = shape.size
      $0.depth = shape.depth
      $0.operations = 5
      $0.guests = [2]
    }
    #expect(result.operations == 10)
    let pages = (shape.size + 8191) / 8192
    let entries = result.control.entriesMapped + result.guest.entriesMapped
    #expect(entries == 10 * pages)
    #expect(result.control.entriesDemapped + result.guest.entriesDemapped == entries)
    let copied = way == .proxied ? 10 * ((shape.size + 7) & ~7) : 0
    #expect(result.control.bytesCopied == copied)
    #expect(result.control.count(of: HypercallNumber.ldcMapin) == (way == .shared ? entries : 0))
  }

  @Test(arguments: IOPath.allCases)
  func framesOfARoundShareMessages(way: IOPath) throws {
    let result = try run(way) {
      $0.workload = .networkReceive
      $0.size = 1500
      $0.depth = 16
      $0.operations = 32
    }
    let messages: UInt64 = way == .direct ? 0 : 2
    #expect(result.guest.packetsSent == messages && result.control.packetsSent == messages)
    #expect(result.guest.interrupts == 2)
    #expect(result.guest.deviceOperations + result.control.deviceOperations == 32)
  }

  @Test func negotiatingForEachOperationIsTheControlDomainsWork() throws {
    let once = try run(.direct) { $0.operations = 4 }
    let each = try run(.direct) {
      $0.operations = 4
      $0.negotiation = .perOperation
    }
    #expect(once.control == PathCounts())
    #expect(each.control.count(of: HypercallNumber.dvmaGrant) == 4)
    #expect(each.control.count(of: HypercallNumber.dvmaRevoke) == 4)
    #expect(each.control.packetsReceived >= 8)
    #expect(each.controlSetup.count(of: HypercallNumber.dvmaGrant) == 0)
    let copied = try run(.proxied) {
      $0.operations = 4
      $0.size = 1500
    }
    #expect(each.controlCycles > copied.controlCycles, "a grant pays when it is used many times")
  }

  @Test func theControlDomainsWorkGrowsWithGuestsInTheWaysThroughIt() throws {
    let results = try PathComparison.run(
      small {
        $0.operations = 4
        $0.guests = [1, 4, 8]
      })
    for way in [IOPath.proxied, .shared] {
      let ours = results.filter { $0.way == way }
      #expect(ours.map(\.guests) == [1, 4, 8])
      let calls = ours.map(\.control.hypercalls)
      #expect(calls == [calls[0], 4 * calls[0], 8 * calls[0]])
      #expect(ours[2].controlCycles == 8 * ours[0].controlCycles)
    }
    let direct = results.filter { $0.way == .direct }
    #expect(direct.allSatisfy { $0.control == PathCounts() })
    #expect(direct[2].throughput == 8 * direct[0].throughput)
  }

  @Test func progressCountsTheOperationsOfAllRuns() throws {
    var reports: [Progress] = []
    let request = small {
      $0.operations = 4
      $0.depth = 2
      $0.guests = [1, 3]
    }
    _ = try PathComparison.run(request) {
      false
    } reportProgress: {
      reports.append($0)
    }
    // Two rounds of one guest, then two of three guests, in each of the three ways.
    let oneWay: [UInt64] = [0, 2, 4, 10]
    #expect(reports.map(\.done) == [0, 16, 32].flatMap { before in oneWay.map { before + $0 } })
    #expect(reports.allSatisfy { $0.limit == 48 && $0.unit == "operations" })
  }

  @Test func theSameSeedGivesTheSameNumbers() throws {
    let request = small {
      $0.operations = 3
      $0.depth = 2
      $0.guests = [3]
    }
    #expect(try PathComparison.run(request) == PathComparison.run(request))
  }

  @Test(arguments: [MachineModel.t2, .atu])
  func otherModelsAsSpecified(model: MachineModel) throws {
    for way in IOPath.allCases {
      let result = try run(way) {
        $0.model = model
        $0.conformance = .specified
        $0.size = 20_000
      }
      #expect(result.bytes == 20_000)
    }
  }

  @Test func badRequestsNameTheirLimit() {
    let bad: [(String, (inout PathRequest) -> Void)] = [
      ("ways", { $0.ways = [] }), ("ways", { $0.ways = [.direct, .direct] }),
      ("guests", { $0.guests = [] }), ("32", { $0.guests = [33] }), ("guests", { $0.guests = [0] }),
      ("1048576", { $0.size = 1 << 21 }), ("size", { $0.size = 0 }),
      (
        "9216",
        {
          $0.workload = .networkReceive
          $0.size = 9217
        }
      ),
      ("64", { $0.depth = 65 }), ("depth", { $0.depth = -1 }),
      ("operations", { $0.operations = 0 }),
      (
        "4096",
        {
          $0.size = 1 << 20
          $0.depth = 33
        }
      ),
      ("t1", { $0.model = .t2 }),
    ]
    for (word, change) in bad {
      let error = #expect(throws: MachineError.self) {
        try PathComparison.run(small(change))
      }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }
  }

  /// Any request is either done whole or refused with an argument's limit.
  @Test func randomRequestsAreDoneOrRefused() throws {
    var generator = SeededGenerator(seed: 0x9a7b)
    func pick<Value>(_ values: [Value]) -> Value {
      values[Int(generator.below(UInt32(values.count)))]
    }
    var done = 0
    for _ in 0..<60 {
      var request = PathRequest()
      request.ways = pick([[.direct], [.shared, .proxied], IOPath.allCases, []])
      request.workload = pick(PathWorkload.allCases)
      request.size = pick([0, 1, 7, 1500, 8192, 9217, 24_577, 100_000, .max])
      request.depth = pick([-1, 0, 1, 2, 5, 64, .max])
      request.operations = pick([.min, 0, 1, 3, 7])
      request.guests = pick([[1], [3, 2], [], [33], [.min]])
      request.negotiation = pick(NegotiationTiming.allCases)
      request.model = pick(MachineModel.allCases)
      request.conformance = pick(ConformanceMode.allCases)
      request.seed = generator.next()
      do {
        let results = try PathComparison.run(request)
        #expect(results.count == request.ways.count * request.guests.count)
        for result in results {
          #expect(result.operations == UInt64(result.guests * request.operations))
          #expect(
            result.control.deviceOperations + result.guest.deviceOperations == result.operations)
        }
        done += 1
      } catch {
        #expect(error.code == .invalidArgument, "\(error.message)")
      }
    }
    #expect(done > 0)
  }

  @Test func badCostsNameTheirLimit() {
    var costs = PathCosts()
    for (name, value) in [("interrupt", -1), ("nothing", 1), ("clock_hz", 0), ("grant", .nan)] {
      let error = #expect(throws: MachineError.self) { try costs.set(name, to: value) }
      #expect(error?.message.contains(name) == true)
    }
    #expect(costs == PathCosts())
  }

  @Test func stopsWhereItIsInterrupted() {
    let error = #expect(throws: MachineError.self) {
      try PathComparison.run(small()) { true }
    }
    #expect(error?.code == .interrupted)
  }
}
