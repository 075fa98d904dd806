// The text of a history file. It is the form that readline and bash write with timestamps on: a
// line of `#` and the seconds since 1970, then the entry as it was typed, over as many lines as it
// has. Readline's own reader drops empty lines and takes any line that begins with `#` and a digit
// for a timestamp, which would change what was typed; hence a reader of our own. A file without
// timestamps has an entry on each line.
//
// Invariant: decoding what was encoded gives the same entries, but for one case that the form
// cannot express: a line of an entry that is itself nothing but `#` and digits gets a space before
// it.

/// Encodes and decodes the text of a history file.
public enum HistoryFormat {
  /// The bytes of one entry.
  public static func encode(_ entry: HistoryEntry) -> [UInt8] {
    var bytes = Array("#\(max(0, entry.time))\n".utf8)
    for line in entry.text.utf8.split(separator: newline, omittingEmptySubsequences: false) {
      if timestamp(Array(line)[...]) != nil {
        bytes.append(UInt8(ascii: " "))
      }
      bytes += line
      bytes.append(newline)
    }
    return bytes
  }

  /// The entries in a file, the oldest first.
  ///
  /// Any bytes are accepted; those that are not UTF-8 are replaced with U+FFFD, and entries without
  /// text are left out.
  public static func decode(_ bytes: [UInt8]) -> [HistoryEntry] {
    var entries: [HistoryEntry] = []
    var time: Int?
    var lines: [ArraySlice<UInt8>] = []

    func finish() {
      if let time, lines.contains(where: { !$0.isEmpty }) {
        let text = String(decoding: Array(lines.joined(separator: [newline])), as: UTF8.self)
        entries.append(HistoryEntry(text: text, time: time))
      }
      lines = []
    }

    var all = bytes.split(separator: newline, omittingEmptySubsequences: false)
    if all.last?.isEmpty == true {
      all.removeLast()
    }
    for line in all {
      if let next = timestamp(line) {
        finish()
        time = next
      } else if time != nil {
        lines.append(line)
      } else if !line.isEmpty {
        entries.append(HistoryEntry(text: String(decoding: line, as: UTF8.self), time: 0))
      }
    }
    finish()
    return entries
  }

  private static let newline = UInt8(ascii: "\n")

  /// The seconds, when the line is a timestamp.
  private static func timestamp(_ line: ArraySlice<UInt8>) -> Int? {
    guard line.first == UInt8(ascii: "#"), line.count > 1 else { return nil }
    let digits = line.dropFirst()
    guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return Int(String(decoding: digits, as: UTF8.self)) ?? 0
  }
}
