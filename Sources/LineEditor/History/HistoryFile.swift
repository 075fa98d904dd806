import Glibc

// A history file that several shells use at the same time. An entry is appended with one write under
// a lock, before what it says is run. Shortening writes a new file beside the old one and renames
// it, under the same lock; who then holds the old file's lock finds that the name means another file
// by now, and opens that.

/// The file that the history is kept in.
public struct HistoryFile: Hashable, Sendable {
  /// How many entries are kept when nothing else is said.
  public static let defaultLimit = 10_000

  /// No more than this is read of a file, from its end, in bytes.
  static let readLimit = 64 << 20

  /// Where the file is.
  public var path: String
  /// How many entries are kept.
  public var limit: Int

  /// Names a file; it is made when the first entry is added.
  public init(path: String, limit: Int = HistoryFile.defaultLimit) {
    self.path = path
    self.limit = max(0, limit)
  }

  /// The file that the environment asks for, `nil` for none.
  ///
  /// It is `DVMASH_HISTFILE`, empty for none, or else `dvmash/history` in `XDG_STATE_HOME`
  /// (`~/.local/state`), with `DVMASH_HISTSIZE` entries. As the XDG specification has it, a relative
  /// directory counts as unset.
  public init?(environment: (String) -> String?) {
    limit =
      environment("DVMASH_HISTSIZE").flatMap { Int($0) }.map { max(0, $0) } ?? Self.defaultLimit
    if let named = environment("DVMASH_HISTFILE") {
      guard !named.isEmpty else { return nil }
      path = named
      return
    }
    func absolute(_ name: String) -> String? {
      environment(name).flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    guard let state = absolute("XDG_STATE_HOME") ?? absolute("HOME").map({ $0 + "/.local/state" })
    else { return nil }
    path = state + "/dvmash/history"
  }

  /// The entries, the oldest first, at most ``limit``; none when there is no file.
  ///
  /// A file with more is shortened.
  public func load() throws(HistoryError) -> [HistoryEntry] {
    guard let descriptor = try openLocked(O_RDONLY) else { return [] }
    defer { close(descriptor) }
    let entries = HistoryFormat.decode(try contents(of: descriptor))
    guard entries.count > limit else { return entries }
    let kept = Array(entries.suffix(limit))
    try replace(with: kept)
    return kept
  }

  /// Adds an entry at the end, and makes the file (mode 0600) and its directories (0700) first where
  /// they are missing.
  public func append(_ entry: HistoryEntry) throws(HistoryError) {
    guard limit > 0 else { return }
    try makeDirectories()
    guard let descriptor = try openLocked(O_RDWR | O_APPEND | O_CREAT) else { return }
    defer { close(descriptor) }
    var bytes = HistoryFormat.encode(entry)
    var last = UInt8(ascii: "\n")
    let size = lseek(descriptor, 0, SEEK_END)
    if size > 0, pread(descriptor, &last, 1, size - 1) == 1, last != UInt8(ascii: "\n") {
      bytes.insert(UInt8(ascii: "\n"), at: 0)
    }
    try write(bytes, to: descriptor)
  }
}

// MARK: - The file system

extension HistoryFile {
  private func failed(_ operation: HistoryError.Operation) -> HistoryError {
    HistoryError(operation: operation, path: path, number: errno)
  }

  /// Opens the file that the path names and locks it; `nil` when there is none.
  private func openLocked(_ flags: Int32) throws(HistoryError) -> Int32? {
    while true {
      // Without O_NONBLOCK, a named pipe in the file's place would hang the shell.
      let descriptor = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0o600)
      guard descriptor >= 0 else {
        if errno == ENOENT && flags & O_CREAT == 0 { return nil }
        throw failed(.open)
      }
      do throws(HistoryError) {
        if try lock(descriptor) { return descriptor }
      } catch {
        close(descriptor)
        throw error
      }
      close(descriptor)
    }
  }

  /// Locks the file; false when the path names another file by now.
  private func lock(_ descriptor: Int32) throws(HistoryError) -> Bool {
    var opened = stat()
    guard fstat(descriptor, &opened) == 0 else { throw failed(.open) }
    guard opened.st_mode & S_IFMT == S_IFREG else {
      throw HistoryError(operation: .notAFile, path: path, number: 0)
    }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw failed(.lock) }
    }
    var named = stat()
    return stat(path, &named) == 0 && named.st_ino == opened.st_ino
      && named.st_dev == opened.st_dev
  }

  private func contents(of descriptor: Int32) throws(HistoryError) -> [UInt8] {
    let size = Int(lseek(descriptor, 0, SEEK_END))
    let count = min(max(0, size), Self.readLimit)
    lseek(descriptor, off_t(size - count), SEEK_SET)
    var problem: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while initialized < count, let start = buffer.baseAddress {
        let result = read(descriptor, start + initialized, count - initialized)
        if result > 0 {
          initialized += result
        } else if result == 0 {
          break
        } else if errno != EINTR {
          problem = errno
          break
        }
      }
    }
    guard problem == 0 else {
      throw HistoryError(operation: .read, path: path, number: problem)
    }
    return bytes
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32) throws(HistoryError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let result = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if result > 0 {
        rest = rest.dropFirst(result)
      } else if errno != EINTR {
        throw failed(.write)
      }
    }
  }

  private func replace(with entries: [HistoryEntry]) throws(HistoryError) {
    let target = realPath()
    let temporary = "\(target).\(getpid())"
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
    let descriptor = open(temporary, flags, 0o600)
    guard descriptor >= 0 else { throw failed(.write) }
    do throws(HistoryError) {
      defer { close(descriptor) }
      try write(entries.flatMap(HistoryFormat.encode), to: descriptor)
    } catch {
      unlink(temporary)
      throw error
    }
    guard rename(temporary, target) == 0 else {
      let error = failed(.write)
      unlink(temporary)
      throw error
    }
  }

  /// The file itself where the path is a symbolic link, so that the link stays.
  private func realPath() -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private func makeDirectories() throws(HistoryError) {
    let bytes = Array(path.utf8)
    for index in bytes.indices where index > 0 && bytes[index] == UInt8(ascii: "/") {
      let directory = String(decoding: bytes[..<index], as: UTF8.self)
      // Some file systems answer EROFS or EACCES before EEXIST; opening the file tells then.
      if mkdir(directory, 0o700) != 0 && ![EEXIST, EROFS, EACCES, EISDIR].contains(errno) {
        throw failed(.makeDirectory)
      }
    }
  }
}
