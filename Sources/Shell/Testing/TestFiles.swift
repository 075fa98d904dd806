@preconcurrency import Glibc

/// Which files a run has.
enum TestFiles {
  /// The files of the paths: files as they are named, of folders every `*_spec.lua` below.
  static func find(_ paths: [String]) throws(CommandError) -> [String] {
    var files: [String] = []
    for path in paths {
      var status = stat()
      guard stat(path, &status) == 0 else {
        throw CommandError("cannot find '\(path)': \(String(cString: strerror(errno)))")
      }
      if status.st_mode & S_IFMT == S_IFDIR {
        files += below(path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
      } else {
        files.append(path)
      }
    }
    var seen: Set<String> = []
    return files.filter { seen.insert($0).inserted }
  }

  private static func below(_ folder: String) -> [String] {
    FileNames.names(in: folder).flatMap { item -> [String] in
      let path = "\(folder)/\(item.name)"
      if item.name.hasPrefix(".") { return [] }
      if item.isFolder { return below(path) }
      return item.name.hasSuffix("_spec.lua") ? [path] : []
    }
  }

  /// The order that a seed gives, the same on every machine (splitmix64, Fisher and Yates).
  static func shuffled(_ files: [String], seed: UInt64) -> [String] {
    var state = seed
    func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
    var files = files
    for index in stride(from: files.count - 1, to: 0, by: -1) {
      files.swapAt(index, Int(next() % UInt64(index + 1)))
    }
    return files
  }

  /// The files of one part: every `count`-th.
  static func shard(_ files: [String], _ shard: TestShard) -> [String] {
    files.enumerated().filter { $0.offset % shard.count == shard.index - 1 }.map(\.element)
  }
}
