import Sun4v
import Testing

@Suite struct PartitioningIndexTests {
  @Test(arguments: 0...9) func theFirstThatMeetsTheConditionIsFound(first: Int) {
    let numbers = Array(0..<9)
    #expect(numbers.partitioningIndex { $0 >= first } == first)
    // Places of a part are those of the whole.
    #expect(numbers[4...].partitioningIndex { $0 >= first } == max(4, first))
  }

  @Test func nothingIsFoundInNothing() {
    #expect([Int]().partitioningIndex { _ in true } == 0)
  }
}
