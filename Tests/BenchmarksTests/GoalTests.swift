import Benchmarks
import Testing

@Suite struct GoalTests {
  private func measured(_ median: Double, refused: Int = 0, bytes: Int = 0) -> Measurement {
    Measurement(
      workload: "w2-90", subject: "binned", floor: "floor", operations: 1, samples: [median],
      refused: refused, bytes: bytes)
  }

  @Test func aRowHasToMeetTheFloorsGoalThePeersAndTheMemorys() throws {
    let goals = Goal.goals(workload: "w2-90", subject: "binned")
    #expect(goals.map(\.most) == [4, 0.75, 1.5e6])
    // 20 ns are four floors of 5 ns, and 0.7374 of the peer's 17.9 ns, whose own floor took 3.3.
    let reached = goals.compactMap { $0.reached(by: measured(20, bytes: 7), floor: 5) }
    #expect(reached.map { ($0 * 10_000).rounded() } == [40_000, 7374, 70_000])
    #expect(goals.allSatisfy { $0.isMet(by: measured(20), floor: 5) })
    #expect(!goals.allSatisfy { $0.isMet(by: measured(21), floor: 5) })
    #expect(!goals.contains { $0.isMet(by: measured(1, refused: 19), floor: 5) })
    #expect(goals.map { $0.isMet(by: measured(1), floor: nil) } == [false, false, true])
    #expect(
      goals.map { $0.isMet(by: measured(1, bytes: 1_500_001), floor: 5) } == [true, true, false])
    #expect(Goal.goals(workload: "w2-90", subject: "floor").isEmpty)
  }

  @Test func curvesAreOfWorkloadsThatThereAre() {
    let names =
      TraceName.allCases.map(\.rawValue) + EngineWorkload.allCases.map(\.rawValue)
      + TranslationWorkload.publishedBits.map { "w4-\($0)" }
    for curve in GrowthCurve.all {
      for line in curve.lines {
        #expect(line.points.count > 1)
        #expect(line.points.map(\.size) == line.points.map(\.size).sorted())
        for point in line.points { #expect(names.contains(point.workload), "\(point)") }
      }
    }
  }

  @Test func aCurvesEndsAreRowsOfWhichTheSmallestSizeIsTheFloor() throws {
    let curve = try #require(GrowthCurve.all.first { $0.name == "window" })
    func row(_ workload: String, _ subject: String, _ median: Double) -> Measurement {
      Measurement(
        workload: workload, subject: subject, floor: nil, operations: 1, samples: [median])
    }
    let rows = [row("w2-90", "floor", 2), row("w2-90", "binned", 10), row("w5-24", "binned", 60)]
    let ends = curve.ends(in: rows)
    #expect(ends.map(\.subject) == ["binned w2-90", "binned w5-24"])
    #expect(ends.map(\.floor) == [nil, "binned w2-90"])
    let last = try #require(ends.last)
    let goals = Goal.goals(workload: last.workload, subject: last.subject)
    #expect(goals.map { $0.isMet(by: last, floor: ends[0].median) } == [true])
    #expect(goals.map { $0.isMet(by: last, floor: 9.9) } == [false])
    #expect(curve.ends(in: [rows[0]]).isEmpty)
  }

  @Test func theDeviceCurveHasARowForEachPoint() throws {
    let rows = try EngineWorkload.devices.makeRows().map(\.subject)
    let curve = try #require(GrowthCurve.all.first { $0.name == "devices" })
    for point in curve.lines.flatMap(\.points) { #expect(rows.contains(point.subject)) }
  }
}
