/// What the commands on machine descriptions do, as functions of the bytes of files.
///
/// A file is binary where its first byte is 0, as the transport version makes it; any other file is
/// text and is compiled first, so that every command takes both forms.
public enum MachineDescriptionCommands {
  /// A file that a command works on.
  public struct Input {
    /// The name that messages use.
    public let name: String
    /// The content.
    public let bytes: [UInt8]
    /// Finds the files that a text includes.
    public let loader: IncludeLoader

    /// Makes an input.
    public init(
      name: String, bytes: [UInt8], loader: @escaping IncludeLoader = { _, _ in nil }
    ) {
      self.name = name
      self.bytes = bytes
      self.loader = loader
    }
  }

  /// What a command prints and how it exits.
  public struct Outcome: Hashable, Sendable {
    /// For standard output.
    public var output: String
    /// For standard error.
    public var errors: String
    /// 0: fine; 1: findings of severity error, differences, or a file that is no description.
    public var status: Int32
    /// The file to write, for `compile`.
    public var bytes: [UInt8]?

    init(output: String = "", errors: String = "", status: Int32 = 0, bytes: [UInt8]? = nil) {
      self.output = output
      self.errors = errors
      self.status = status
      self.bytes = bytes
    }
  }

  /// The form in which `dump` prints.
  public enum DumpFormat: String, Hashable, Sendable, CaseIterable {
    /// The text language; compiling it gives the same graph.
    case text
    /// What a reader finds, element indexes included, as JSON.
    case json
  }

  /// Prints a description.
  public static func dump(_ input: Input, format: DumpFormat) -> Outcome {
    load(input) { decoded in
      switch format {
      case .text: Outcome(output: decoded.description.text)
      case .json: Outcome(output: decoded.json(file: baseName(input.name)))
      }
    }
  }

  /// Lists where a description breaks the rules; with `strict`, warnings make the status 1 as well.
  public static func lint(_ input: Input, strict: Bool = false) -> Outcome {
    let bytes: [UInt8]
    switch binary(input) {
    case .failure(let failure): return failure.outcome
    case .success(let found): bytes = found
    }
    let findings = MachineDescription.lint(bytes: bytes)
    func count(_ severity: LintRule.Severity) -> Int {
      findings.count { $0.rule.severity == severity }
    }
    let errors = count(.error)
    let warnings = count(.warning)
    var lines = findings.map { "\(input.name):\($0.line)" }
    lines.append(
      "\(input.name): \(errors) errors, \(warnings) warnings, \(count(.note)) notes")
    return Outcome(
      output: lines.joined(separator: "\n") + "\n",
      status: errors > 0 || strict && warnings > 0 ? 1 : 0)
  }

  /// Lists every rule that `lint` knows.
  public static func rules() -> Outcome {
    Outcome(
      output: LintRule.all.map { "\($0.id)\t\($0.severity.rawValue)\t\($0.summary)\n" }.joined())
  }

  /// Compiles a text, or writes a binary description again; the bytes are in `Outcome.bytes`.
  public static func compile(_ input: Input) -> Outcome {
    load(input) { decoded in
      do throws(BinaryWriteError) {
        return Outcome(bytes: try decoded.description.encoded())
      } catch {
        return Outcome(errors: "\(input.name): \(error.description)\n", status: 1)
      }
    }
  }

  /// Lists how the second description differs from the first in meaning.
  public static func diff(_ first: Input, _ second: Input) -> Outcome {
    load(first) { old in
      load(second) { new in
        let differences = old.description.differences(to: new.description)
        return Outcome(
          output: differences.map { $0.line + "\n" }.joined(),
          status: differences.isEmpty ? 0 : 1)
      }
    }
  }

  // MARK: - Files

  private struct Failure: Error {
    let outcome: Outcome
    init(_ message: String) { outcome = Outcome(errors: message + "\n", status: 1) }
  }

  private static func baseName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  private static func binary(_ input: Input) -> Result<[UInt8], Failure> {
    if input.bytes.isEmpty { return .failure(Failure("\(input.name): the file is empty")) }
    if input.bytes.first == 0 { return .success(input.bytes) }
    do {
      let graph = try MachineDescription(
        text: input.bytes, file: input.name, loader: input.loader)
      return .success(try graph.encoded())
    } catch let error as CompileError {
      return .failure(Failure(error.description))
    } catch let error as BinaryWriteError {
      return .failure(Failure("\(input.name): \(error.description)"))
    } catch {
      return .failure(Failure("\(input.name): not a machine description"))
    }
  }

  private static func load(
    _ input: Input, _ body: (DecodedMachineDescription) -> Outcome
  ) -> Outcome {
    switch binary(input) {
    case .failure(let failure): return failure.outcome
    case .success(let bytes):
      do {
        return body(try DecodedMachineDescription(bytes: bytes))
      } catch {
        return Outcome(errors: "\(input.name): \(error.description)\n", status: 1)
      }
    }
  }
}
