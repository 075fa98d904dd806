import Glibc

/// Why the history file could not be used.
public struct HistoryError: Error, Hashable, Sendable {
  /// What was being done.
  public enum Operation: String, Sendable {
    /// Making the directory that the file is in.
    case makeDirectory = "make the directory of"
    /// Opening the file.
    case open
    /// Reading the file.
    case read
    /// Writing the file.
    case write
    /// Taking the lock that keeps two shells apart.
    case lock
    /// Something other than a file is in its place.
    case notAFile = "use what is not a file,"
  }

  /// What was being done.
  public var operation: Operation
  /// The file.
  public var path: String
  /// The number of the system's error, 0 when there is none.
  public var number: Int32

  /// The error as one sentence.
  public var message: String {
    let reason = number == 0 ? "" : ": \(String(cString: strerror(number)))"
    return "cannot \(operation.rawValue) the history file '\(path)'\(reason)"
  }
}
