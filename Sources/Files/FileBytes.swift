import SystemPackage

/// Why a file could not be read or written.
public struct FileFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file as it was named.
  public let path: String
  /// What the system said.
  public let reason: String
  /// Whether it was to be written.
  public let isWriting: Bool
  /// Whether it is standard input or output, and not a file that was named.
  public let isStandardStream: Bool

  /// One sentence that names the file.
  public var message: String { "\(path): cannot be \(isWriting ? "written" : "read"): \(reason)" }
  /// The same sentence.
  public var description: String { message }
}

/// Whole files as bytes; pipes and devices too, which have no size beforehand.
public enum FileBytes {
  private static let step = 64 << 10

  /// The content of a file.
  public static func read(_ path: String) throws(FileFailure) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(name(path), .readOnly, options: .closeOnExec)
      return try file.closeAfter { try content(of: file) }
    } catch {
      throw failure(path, error, isWriting: false)
    }
  }

  /// What is left of standard input.
  public static func readStandardInput() throws(FileFailure) -> [UInt8] {
    do {
      return try content(of: .standardInput)
    } catch {
      throw failure("standard input", error, isWriting: false, isStandardStream: true)
    }
  }

  /// Makes a file, or replaces what is in it.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileFailure) {
    do {
      let file = try FileDescriptor.open(
        name(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      _ = try file.closeAfter { try file.writeAll(bytes) }
    } catch {
      throw failure(path, error, isWriting: true)
    }
  }

  /// Throws unless a path is a directory that can be opened.
  public static func checkDirectory(_ path: String) throws(FileFailure) {
    do {
      try FileDescriptor.open(name(path), .readOnly, options: [.directory, .closeOnExec])
        .close()
    } catch {
      throw failure(path, error, isWriting: true)
    }
  }

  /// Writes all bytes to standard output, past what `print` keeps.
  public static func writeStandardOutput(_ bytes: [UInt8]) throws(FileFailure) {
    do {
      try FileDescriptor.standardOutput.writeAll(bytes)
    } catch {
      throw failure("standard output", error, isWriting: true, isStandardStream: true)
    }
  }

  private static func content(of file: FileDescriptor) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: step, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try file.read(into: buffer)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// The name as the system takes it, which would end at a NUL and so mean another file.
  private static func name(_ path: String) throws(Errno) -> FilePath {
    guard !path.utf8.contains(0) else { throw .invalidArgument }
    return FilePath(path)
  }

  private static func failure(
    _ path: String, _ error: any Error, isWriting: Bool, isStandardStream: Bool = false
  ) -> FileFailure {
    FileFailure(
      path: path, reason: (error as? Errno)?.description ?? "unknown error", isWriting: isWriting,
      isStandardStream: isStandardStream)
  }
}

/// Names of files, taken apart.
public enum FileName {
  /// The file that a name means inside the folder of another file; an absolute name means itself.
  public static func sibling(_ name: String, of other: String) -> String {
    let path = FilePath(name)
    return path.isAbsolute ? name : FilePath(other).removingLastComponent().pushing(path).string
  }

  /// The name with another extension, or with one added where that would change nothing.
  public static func replacingExtension(of name: String, by suffix: String) -> String {
    var path = FilePath(name)
    path.extension = suffix
    return path.string == name ? "\(name).\(suffix)" : path.string
  }
}
