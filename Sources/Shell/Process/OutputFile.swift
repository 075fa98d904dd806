@preconcurrency import Glibc

/// A file that results are written to.
final class OutputFile {
  let path: String
  private let stream: UnsafeMutablePointer<FILE>

  /// Opens a file for writing, from its beginning or at its end.
  init(_ path: String, append: Bool = false) throws(CommandError) {
    guard let stream = fopen(path, append ? "ae" : "we") else {
      throw CommandError("cannot write '\(path)': \(String(cString: strerror(errno)))")
    }
    self.path = path
    self.stream = stream
  }

  deinit { fclose(stream) }

  func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      if let start = bytes.baseAddress { fwrite(start, 1, bytes.count, stream) }
    }
  }

  /// Writes what is buffered; errors if anything was lost.
  func finish() throws(CommandError) {
    errno = 0
    guard fflush(stream) == 0, ferror(stream) == 0 else {
      throw CommandError("cannot write '\(path)': \(String(cString: strerror(errno)))")
    }
  }
}
