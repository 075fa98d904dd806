/// What one pass over a trace gave.
struct TraceRun {
  /// Nanoseconds of the timed operations.
  var nanoseconds: UInt64 = 0
  /// The timed operations that were done.
  var operations = 0
  /// Timed allocations that were refused.
  var refused = 0
}

extension Trace {
  /// Operations between two looks at the clock, where there is a time limit.
  private static let block = 1 << 16

  /// Drives a target through the trace, once, for at most so many nanoseconds of timed operations.
  ///
  /// With a table, the entries of each range are written too.
  func run(_ target: TraceTarget, table: FlatTable?, limit: UInt64 = .max) -> TraceRun {
    let starts = UnsafeMutablePointer<Int>.allocate(capacity: max(slots, 1))
    starts.initialize(repeating: -1, count: max(slots, 1))
    defer { starts.deallocate() }
    return operations.withUnsafeBufferPointer { operations in
      guard let base = operations.baseAddress else { return TraceRun() }
      func drive(_ first: Int, _ last: Int) -> Int {
        if let table {
          driveWriting(base + first, last - first, target, starts, table)
        } else {
          self.drive(base + first, last - first, target, starts)
        }
      }
      var result = TraceRun()
      _ = drive(0, setup)
      var position = setup
      let blockSize = limit == .max ? operations.count : Self.block
      while position < operations.count && result.nanoseconds < limit {
        let end = min(operations.count, position + blockSize)
        let before = ThreadClock.now
        result.refused += drive(position, end)
        result.nanoseconds += ThreadClock.now - before
        result.operations += end - position
        position = end
      }
      return result
    }
  }

  /// The inner loop; returns how many allocations were refused.
  @inline(never)
  private func drive(
    _ operations: UnsafePointer<TraceOperation>, _ count: Int, _ target: TraceTarget,
    _ starts: UnsafeMutablePointer<Int>
  ) -> Int {
    var refused = 0
    for index in 0..<count {
      let operation = operations[index]
      let slot = operation.slot
      if operation.isFree {
        let start = starts[slot]
        if start >= 0 {
          target.free(target.context, start, operation.pages)
          starts[slot] = -1
        }
      } else {
        let start = target.allocate(target.context, operation.pages)
        starts[slot] = start
        if start < 0 { refused &+= 1 }
      }
    }
    return refused
  }

  /// The inner loop with table entries.
  @inline(never)
  private func driveWriting(
    _ operations: UnsafePointer<TraceOperation>, _ count: Int, _ target: TraceTarget,
    _ starts: UnsafeMutablePointer<Int>, _ table: FlatTable
  ) -> Int {
    var refused = 0
    for index in 0..<count {
      let operation = operations[index]
      let slot = operation.slot
      let pages = operation.pages
      if operation.isFree {
        let start = starts[slot]
        if start >= 0 {
          target.free(target.context, start, pages)
          table.unmap(start, pages)
          starts[slot] = -1
        }
      } else {
        let start = target.allocate(target.context, pages)
        starts[slot] = start
        if start < 0 { refused &+= 1 } else { table.map(start, pages) }
      }
    }
    return refused
  }

  /// Drives a target and takes the time after each timed operation, in nanoseconds.
  func latencies(_ target: TraceTarget) -> [UInt32] {
    var starts = [Int](repeating: -1, count: max(slots, 1))
    // Written once before: memory that is new would have the system come between two operations.
    var result = [UInt32](repeating: 0, count: timed)
    for (index, operation) in operations.enumerated() {
      let slot = operation.slot
      let before = ThreadClock.monotonic
      if operation.isFree {
        if starts[slot] >= 0 { target.free(target.context, starts[slot], operation.pages) }
        starts[slot] = -1
      } else {
        starts[slot] = target.allocate(target.context, operation.pages)
      }
      let time = ThreadClock.monotonic - before
      if index >= setup { result[index - setup] = UInt32(clamping: time) }
    }
    return result
  }
}
