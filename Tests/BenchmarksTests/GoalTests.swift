import Benchmarks
import Testing

@Suite struct GoalTests {
  private func measured(_ median: Double, refused: Int = 0) -> Measurement {
    Measurement(
      workload: "w2-90", subject: "binned", floor: "floor", operations: 1, samples: [median],
      refused: refused)
  }

  @Test func aRowHasToMeetTheFloorsGoalAndThePeers() throws {
    let goals = SpeedGoal.goals(workload: "w2-90", subject: "binned")
    #expect(goals.count == 2)
    // Four floors of 5 ns; three quarters of the peer's 17.9 ns, whose own floor took 3.3.
    #expect(goals.compactMap { $0.most(floor: 5) }.map { ($0 * 100).rounded() } == [2000, 2034])
    #expect(goals.allSatisfy { $0.isMet(by: measured(20), floor: 5) })
    #expect(!goals.allSatisfy { $0.isMet(by: measured(21), floor: 5) })
    #expect(!goals.contains { $0.isMet(by: measured(1, refused: 19), floor: 5) })
    #expect(!goals.contains { $0.isMet(by: measured(1), floor: nil) })
    #expect(SpeedGoal.goals(workload: "w2-90", subject: "floor").isEmpty)
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

  @Test func theDeviceCurveHasARowForEachPoint() throws {
    let rows = try EngineWorkload.devices.makeRows().map(\.subject)
    let curve = try #require(GrowthCurve.all.first { $0.name == "devices" })
    for point in curve.lines.flatMap(\.points) { #expect(rows.contains(point.subject)) }
  }
}
