import Glibc
import LineEditor
import Synchronization

/// A prompt without a shell behind it: it says what the line editor returned.
///
/// A few words are commands, so that the tests can reach what a shell would do between two lines.
@main struct Probe {
  static func main() throws {
    let editor = try LineEditor(historyFile: HistoryFile(environment: Self.environment))
    if let problem = editor.historyProblem {
      print("history: \(problem.message)")
    }
    editor.setCompleter(ProbeCompleter.complete)
    let interrupts = Interrupts()
    editor.setInterruptHandler(
      Interrupts.handler, context: Unmanaged.passUnretained(interrupts).toOpaque())
    var session = Session(editor: editor, interrupts: interrupts)
    exit(session.run())
  }

  static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

/// What a language runtime would be told by the signal handler.
final class Interrupts: Sendable {
  let count = Atomic<Int>(0)

  static let handler: LineEditor.InterruptHandler = { context in
    guard let context else { return }
    let interrupts = Unmanaged<Interrupts>.fromOpaque(context).takeUnretainedValue()
    interrupts.count.add(1, ordering: .relaxed)
  }
}

struct Session {
  let editor: LineEditor
  let interrupts: Interrupts
  var block = ""
  var text = ""

  mutating func run() -> Int32 {
    while true {
      let prompt = block.isEmpty ? "probe> " : "   >> "
      let input = editor.readLine(prompt: prompt, text: text)
      text = ""
      switch input {
      case .cancelled:
        print(block.isEmpty ? "dropped line" : "dropped block")
        block = ""
      case .endOfFile:
        print("end of file")
        return 0
      case .line(let line) where line.hasSuffix("\\"):
        block += line + "\n"
      case .line(let line):
        let entry = block + line
        block = ""
        do throws(HistoryError) {
          try editor.remember(entry)
        } catch {
          print("history: \(error.message)")
        }
        if let status = obey(entry) {
          return status
        }
      }
    }
  }

  /// Obeys a command or echoes; returns the status with which to leave.
  private mutating func obey(_ entry: String) -> Int32? {
    let words = entry.split(separator: " ", maxSplits: 1)
    switch words.first ?? "" {
    case "quit": return words.count > 1 ? Int32(words[1]) ?? 0 : 0
    case "spin": spin(until: { $0 > 0 })
    case "stubborn": spin(until: { _ in false })
    case "crash": editor.withRunning { abort() }
    case "prefill": text = words.count > 1 ? String(words[1]) : ""
    case "history": editor.history.forEach { print("entry", $0.text.debugDescription) }
    case "columns": print("columns \(editor.columns)")
    case "listen": listen(words.count > 1 ? String(words[1]) : "")
    case "foreign": foreign()
    default: print("line", entry.debugDescription)
    }
    return nil
  }

  /// Stands for a program that has the terminal and reads a line from it.
  private func foreign() {
    editor.withForeignProgram {
      print("foreign")
      fflush(nil)
      var bytes = [UInt8](repeating: 0, count: 80)
      var count = -1
      repeat {
        count = read(STDIN_FILENO, &bytes, bytes.count)
      } while count < 0 && errno == EINTR
      print("foreign read \(count)")
    }
  }

  private func spin(until enough: (Int) -> Bool) {
    interrupts.count.store(0, ordering: .relaxed)
    editor.withRunning {
      print("running")
      fflush(nil)
      var seen = 0
      while !enough(seen) {
        poll(nil, 0, 5)
        let count = interrupts.count.load(ordering: .relaxed)
        if count != seen {
          seen = count
          print("interrupt \(count)")
          fflush(nil)
        }
      }
    }
    print("stopped after \(editor.interruptions)")
  }

  /// Prints every line that comes through a named pipe, from another thread.
  private func listen(_ path: String) {
    var thread = pthread_t()
    let context = strdup(path)
    pthread_create(
      &thread, nil,
      { context in
        guard let path = context, let pipe = fopen(path.assumingMemoryBound(to: CChar.self), "r")
        else { return nil }
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        while getline(&line, &room, pipe) > 0, let line {
          LineEditor.printInBackground(String(cString: line))
        }
        return nil
      }, context)
    print("listening")
  }
}
