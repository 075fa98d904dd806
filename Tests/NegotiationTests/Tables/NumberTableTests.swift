import Sun4v
import Testing

@testable import Negotiation

/// The tables of agents and ledgers, against a dictionary.
struct NumberTableTests {
  private static func key(_ chance: inout SeededGenerator, below count: UInt64) -> GrantID {
    // Some in a row, some far apart, so that keys lead to the same buckets and to others.
    let number = chance.next() % count
    return GrantID(chance.next() & 1 == 0 ? number : number << 40)
  }

  @Test(arguments: [8, 200, 4000] as [UInt64])
  func isADictionary(keys: UInt64) {
    var chance = SeededGenerator(seed: keys)
    var table = NumberTable<GrantID, UInt64>()
    var dictionary: [GrantID: UInt64] = [:]
    for step in 0..<20_000 as Range<UInt64> {
      let key = Self.key(&chance, below: keys)
      switch chance.next() % 4 {
      case 0:
        table.remove(key)
        dictionary[key] = nil
      case 1:
        let other = Self.key(&chance, below: keys)
        table.enter(step, for: key, insteadOf: other)
        dictionary[key] = step
        dictionary[other] = nil
      case 2:
        #expect(table.removeValue(of: key) == dictionary.removeValue(forKey: key))
      default:
        table.enter(step, for: key)
        dictionary[key] = step
      }
      let asked = Self.key(&chance, below: keys)
      #expect(table[asked] == dictionary[asked])
    }
    #expect(table.count == dictionary.count)
    #expect(dictionary.allSatisfy { table[$0.key] == $0.value })
  }

  @Test func theOrderOfEntriesMeansNothing() {
    var forwards = NumberTable<GrantID, Int>()
    var backwards = NumberTable<GrantID, Int>()
    for number in 0..<100 {
      forwards.enter(number, for: GrantID(UInt64(number)))
      backwards.enter(99 - number, for: GrantID(UInt64(99 - number)))
    }
    #expect(forwards == backwards)
    #expect(forwards.hashValue == backwards.hashValue)
    backwards.remove(GrantID(50))
    #expect(forwards != backwards)
  }
}
