import CReadline
import Glibc

/// The prompt: reads lines that a person edits, with history and completion, on GNU readline.
///
/// A process has one editor at a time, because readline's state is global. It belongs to the thread
/// that created it, and all of it is called there; only ``printInBackground(_:to:)`` may be called
/// from anywhere. Without a terminal on standard input the same calls read plain lines.
///
/// Between two calls of ``readLine(prompt:text:)`` the terminal stays in readline's mode, so that
/// no key that is typed early is lost. Whatever runs code or prints at length does so in
/// ``withRunning(_:)``, in which the terminal is in its ordinary mode and Ctrl-C interrupts.
public final class LineEditor {
  /// What a person answered to the prompt.
  public enum Input: Hashable, Sendable {
    /// A line, without its end. An entry recalled from the history or pasted can hold newlines.
    /// Bytes that are not UTF-8 are replaced with U+FFFD.
    case line(String)
    /// Ctrl-C, or SIGINT from outside: the line is dropped, and a block it belongs to should be.
    case cancelled
    /// Ctrl-D on an empty line, or the end of standard input.
    case endOfFile
  }

  /// A function in C that asks running code to stop; it runs in a signal handler, on the editor's
  /// thread, and may do only what is safe there.
  public typealias InterruptHandler = @convention(c) (UnsafeMutableRawPointer?) -> Void

  /// Whether a terminal is on standard input.
  public let isTerminal: Bool

  /// The entries of the history, the oldest first.
  public private(set) var history: [HistoryEntry] = []

  /// Why the history could not be read at the start, if it could not.
  public private(set) var historyProblem: HistoryError?

  /// How many SIGINT came during the last ``withRunning(_:)``.
  public private(set) var interruptions = 0

  private let historyFile: HistoryFile?
  private let historyLimit: Int
  private let completion = CompletionHandler()

  /// Opens the editor and reads the history; a history that cannot be read is told by
  /// ``historyProblem`` and stops nothing.
  ///
  /// - Parameters:
  ///   - historyFile: where the history is kept; `nil` keeps it in memory only.
  ///   - historyLimit: how many entries are kept in memory; by default as many as in the file.
  /// - Throws: ``LineEditorError/alreadyOpen`` while another editor is open.
  public init(historyFile: HistoryFile?, historyLimit: Int? = nil) throws(LineEditorError) {
    let opened = creadline_open()
    if opened == .alreadyOpen {
      throw .alreadyOpen
    }
    isTerminal = opened == .terminal
    self.historyFile = historyFile
    self.historyLimit = max(0, historyLimit ?? historyFile?.limit ?? HistoryFile.defaultLimit)
    loadHistory()
  }

  deinit {
    creadline_set_completion(nil, nil)
    creadline_set_interrupt_handler(nil, nil)
    creadline_close()
  }

  /// The width of the terminal in columns, 80 where it is unknown.
  public var columns: Int { Int(creadline_columns()) }

  /// The columns that text takes on a terminal; control characters take none.
  public static func columns(of text: String) -> Int {
    let characters = text.unicodeScalars.map(\.value)
    return Int(creadline_width(characters, characters.count))
  }

  /// Reads one line.
  ///
  /// - Parameters:
  ///   - prompt: what stands before the line; colours in it are wrapped by ``invisible(_:)``.
  ///   - text: what the line begins with, for the person to edit.
  public func readLine(prompt: String, text: String = "") -> Input {
    var bytes: UnsafeMutablePointer<CChar>?
    var count = 0
    let ended = withoutNUL(prompt).withCString { prompt in
      withoutNUL(text).withCString { creadline_read(prompt, $0, &bytes, &count) }
    }
    defer { free(bytes) }
    switch ended {
    case .line:
      let raw = UnsafeRawBufferPointer(start: bytes, count: count)
      return .line(String(decoding: raw, as: UTF8.self))
    case .cancelled: return .cancelled
    case .endOfFile: return .endOfFile
    }
  }

  /// Marks a terminal sequence in a prompt as taking no room, so that the cursor stays right.
  public static func invisible(_ sequence: String) -> String { "\u{1}\(sequence)\u{2}" }

  private func withoutNUL(_ text: String) -> String {
    text.utf8.contains(0) ? String(text.unicodeScalars.filter { $0.value != 0 }) : text
  }
}

// MARK: - Running code

extension LineEditor {
  /// Sets what Ctrl-C calls while code runs; `nil` for nothing.
  public func setInterruptHandler(
    _ handler: InterruptHandler?, context: UnsafeMutableRawPointer? = nil
  ) {
    creadline_set_interrupt_handler(handler, context)
  }

  /// Runs code with the terminal in its ordinary mode.
  ///
  /// SIGINT calls the interrupt handler; the second within two seconds also says that one more will
  /// abort, and that one ends the process.
  public func withRunning<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try run(foreign: false, body)
  }

  /// Lets another program have the terminal: SIGINT does nothing in this process meanwhile.
  public func withForeignProgram<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try run(foreign: true, body)
  }

  private func run<Result, Failure: Error>(
    foreign: Bool, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let previous = creadline_begin_running(foreign)
    defer { interruptions = Int(creadline_end_running(previous)) }
    return try body()
  }

  /// Whether SIGINT came in the ``withRunning(_:)`` that goes on: what is not run by the language polls it.
  public var isInterrupted: Bool { creadline_interrupted() }

  /// Gives the terminal back as it was, where the process is about to end; from any thread.
  public static func restoreTerminal() { creadline_restore_terminal() }

  /// Where background output goes.
  public enum OutputStream: Int32, Sendable {
    /// Standard output, for results.
    case standardOutput = 1
    /// Standard error, for everything else.
    case standardError = 2
  }

  /// Prints text from any thread.
  ///
  /// A line that is being edited is taken off the screen first and
  /// drawn again below, with the cursor where it was.
  public static func printInBackground(_ text: String, to stream: OutputStream = .standardError) {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        guard let start = $0.baseAddress else { return }
        creadline_print(stream.rawValue, start, $0.count)
      }
    }
  }
}

// MARK: - Completion

extension LineEditor {
  /// Sets what Tab asks for candidates; `nil` for nothing.
  ///
  /// The function is called on the editor's thread, in the middle of ``readLine(prompt:text:)``, and
  /// must not call the editor.
  public func setCompleter(_ completer: Completer?) {
    completion.completer = completer
    if completer == nil {
      creadline_set_completion(nil, nil)
    } else {
      let context = Unmanaged.passUnretained(completion).toOpaque()
      creadline_set_completion(CompletionHandler.entry, context)
    }
  }
}

// MARK: - History

extension LineEditor {
  /// Adds an entry to the history, in memory and at the end of the file.
  ///
  /// It is written at once, so that a crash of what it starts does not lose it. Blank entries,
  /// repeats of the last one and entries that begin with a space are left out.
  ///
  /// - Throws: ``HistoryError`` when the file cannot be written; the entry is in memory then.
  public func remember(_ text: String) throws(HistoryError) {
    guard historyLimit > 0, HistoryEntry.isWorthKeeping(text, after: history.last?.text) else {
      return
    }
    let entry = HistoryEntry(text: text, time: Int(Glibc.time(nil)))
    history.append(entry)
    if history.count > historyLimit {
      history.removeFirst(history.count - historyLimit)
    }
    creadline_history_add(withoutNUL(text))
    try historyFile?.append(entry)
  }

  /// Forgets all entries in memory; the file stays.
  public func forgetHistory() {
    history = []
    creadline_history_clear()
  }

  private func loadHistory() {
    creadline_history_clear()
    creadline_history_limit(Int32(clamping: historyLimit))
    guard let historyFile else { return }
    do throws(HistoryError) {
      history = try historyFile.load()
    } catch {
      historyProblem = error
    }
    history = Array(history.suffix(historyLimit))
    for entry in history {
      creadline_history_add(withoutNUL(entry.text))
    }
  }
}

/// Why an editor could not be opened.
public enum LineEditorError: Error, Hashable, Sendable {
  /// Another editor of this process is open.
  case alreadyOpen

  /// The error as one sentence.
  public var message: String { "a line editor is already open in this process" }
}
