import Sun4v

// The workloads, to the bit.
//
// Each generator starts its own sequence of the xorshift64* generator at seed 42 and draws in a
// fixed order, so that any program that follows the same text makes the same trace; the checksums
// in TraceName were computed by two other programs. Source: docs/performance.md, "The workloads".

extension Trace {
  /// A ring of network buffers: 4096 single pages, the oldest given back and mapped again.
  static func nic(steps: Int) -> Trace {
    let ring = 4096
    var operations = (0..<ring).map { TraceOperation.allocate($0, 1) }
    operations.reserveCapacity(ring + 2 * steps)
    for step in 0..<steps {
      operations.append(.free(step % ring, 1))
      operations.append(.allocate(step % ring, 1))
    }
    return Trace(
      name: "w1", windowPages: 1 << 18, slots: ring, setup: ring, operations: operations)
  }

  /// Ranges of mixed lengths and random lives at a fill level given in percent.
  ///
  /// A length is drawn and stays pending until it fits under the level; until it does, live ranges
  /// chosen at random are freed. The setup ends at the first length that does not fit.
  static func mixed(name: String, windowPages: Int, percent: Int, timed: Int) -> Trace {
    var random = SeededGenerator(seed: 42)
    let target = windowPages * percent / 100
    var used = 0
    var slots = 0
    var live: [Int] = []
    var freed: [Int] = []
    var lengths: [UInt32] = []
    var operations: [TraceOperation] = []
    var setup: Int?
    var pending = mixedLength(&random)
    while operations.count - (setup ?? operations.count) < timed {
      if used + Int(pending) <= target {
        let slot: Int
        if let last = freed.popLast() {
          slot = last
          lengths[slot] = pending
        } else {
          slot = slots
          slots += 1
          lengths.append(pending)
        }
        live.append(slot)
        used += Int(pending)
        operations.append(.allocate(slot, pending))
        pending = mixedLength(&random)
        continue
      }
      if setup == nil { setup = operations.count }
      let index = Int(random.below(UInt32(live.count)))
      let slot = live[index]
      live[index] = live[live.count - 1]
      live.removeLast()
      freed.append(slot)
      used -= Int(lengths[slot])
      operations.append(.free(slot, lengths[slot]))
    }
    return Trace(
      name: name, windowPages: windowPages, slots: slots, setup: setup ?? operations.count,
      operations: operations)
  }

  /// Seventy in a hundred single pages, twenty of 2 to 16, nine of 17 to 64, one of 65 to 256.
  private static func mixedLength(_ random: inout SeededGenerator) -> UInt32 {
    switch random.below(100) {
    case ..<70: 1
    case ..<90: 2 + random.below(15)
    case ..<99: 17 + random.below(48)
    default: 65 + random.below(192)
    }
  }

  /// Scatter lists of 128 segments, 64 lists in flight, the oldest given back and a new one mapped.
  ///
  /// With `whole`, a list is one range as long as its segments together.
  static func scatter(name: String, lists: Int, whole: Bool) -> Trace {
    let (ring, length) = (64, 128)
    var random = SeededGenerator(seed: 42)
    var segments = [UInt32](repeating: 0, count: ring * length)
    var totals = [UInt32](repeating: 0, count: ring)
    var operations: [TraceOperation] = []
    var setup = 0
    for step in 0..<ring + lists {
      let list = step % ring
      if step == ring { setup = operations.count }
      if step >= ring {
        if whole {
          operations.append(.free(list, totals[list]))
        } else {
          for slot in list * length..<(list + 1) * length {
            operations.append(.free(slot, segments[slot]))
          }
        }
      }
      totals[list] = 0
      for slot in list * length..<(list + 1) * length {
        segments[slot] = segmentPages(&random)
        totals[list] += segments[slot]
        if !whole { operations.append(.allocate(slot, segments[slot])) }
      }
      if whole { operations.append(.allocate(list, totals[list])) }
    }
    return Trace(
      name: name, windowPages: 1 << 18, slots: whole ? ring : ring * length, setup: setup,
      operations: operations)
  }

  /// The pages of a segment of 4 to 64 KiB that starts at an even or odd 4 KiB.
  private static func segmentPages(_ random: inout SeededGenerator) -> UInt32 {
    let length = 4096 * (1 + random.below(16))
    let offset = 4096 * random.below(2)
    return (offset + length + 8191) >> 13
  }
}
