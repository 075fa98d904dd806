import Sun4v
import Testing

@Suite struct DueTimesTests {
  /// The same questions answered by looking at all moments.
  private struct Plain {
    var times: [VirtualTime?]

    var first: Int? {
      let due = times.indices.filter { times[$0] != nil }
      return due.min { (times[$0] ?? .zero, $0) < (times[$1] ?? .zero, $1) }
    }

    func first(from start: Int, dueBy moment: VirtualTime) -> Int? {
      times.indices.first { $0 >= start && times[$0].map { $0 <= moment } ?? false }
    }
  }

  @Test(arguments: [1, 2, 3, 64, 65, 1000])
  func answersAsAPlainListDoes(count: Int) {
    var random = SeededGenerator(seed: UInt64(count))
    var table = DueTimes()
    var plain = Plain(times: Array(repeating: nil, count: count))
    for _ in 0..<3000 {
      let number = Int.random(in: 0..<count, using: &random)
      let time =
        Bool.random(using: &random)
        ? VirtualTime(nanoseconds: UInt64.random(in: 0...50, using: &random)) : nil
      table[number] = time
      plain.times[number] = time
      #expect(table[number] == time)
      #expect(table.first == plain.first)
      #expect(table.earliest == plain.first.flatMap { plain.times[$0] })
      let start = Int.random(in: 0...count, using: &random)
      let moment = VirtualTime(nanoseconds: UInt64.random(in: 0...50, using: &random))
      #expect(table.first(from: start, dueBy: moment) == plain.first(from: start, dueBy: moment))
    }
  }

  @Test func theEndOfTimeIsAMomentToo() {
    var table = DueTimes()
    table[3] = VirtualTime(rawValue: .max)
    #expect(table.first == 3)
    table[3] = nil
    #expect(table.first == nil)
    #expect(table.first(from: 0, dueBy: VirtualTime(rawValue: .max)) == nil)
  }

  @Test func onlyWhatIsSetCountsInAComparison() {
    var table = DueTimes()
    table[100] = .zero
    table[100] = nil
    #expect(table == DueTimes())
    #expect(table.hashValue == DueTimes().hashValue)
    table[0] = .zero
    #expect(table != DueTimes())
    table[-1] = .zero
    #expect(table[-1] == nil && table[1 << 40] == nil)
  }
}
