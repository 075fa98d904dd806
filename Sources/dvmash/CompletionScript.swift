import ArgumentParser

/// Completions for shells, as the argument library writes them, but for the default subcommand.
///
/// The library offers the options of `run` only after the word `run`. A command line whose first
/// word is no subcommand belongs to `run`, so these scripts complete it as if the word were there.
enum CompletionScript {
  /// The script that a command line asks for; `nil` where it asks for nothing or for no such shell.
  static func requested(by arguments: [String]) -> String? {
    let option = "--generate-completion-script"
    let words = arguments.dropFirst()
    guard let first = words.first else { return nil }
    if first == option, let name = words.dropFirst().first { return text(name) }
    return first.hasPrefix(option + "=") ? text(String(first.dropFirst(option.count + 1))) : nil
  }

  private static func text(_ name: String) -> String? {
    guard let shell = CompletionShell(rawValue: name) else { return nil }
    let script = DVMash.completionScript(for: shell) + "\n"
    switch shell {
    case .bash: return bash(script)
    case .zsh: return zsh(script)
    case .fish: return fish(script)
    default: return script
    }
  }

  private static let root: String = name(DVMash.configuration)
  private static let assumed: String = name(RunCommand.configuration)

  private static var subcommands: [String] {
    var names: [String] = []
    for command in DVMash.configuration.subcommands where command.configuration.shouldDisplay {
      names.append(name(command.configuration))
    }
    return names + ["help"]
  }

  private static func name(_ command: CommandConfiguration) -> String { command.commandName ?? "" }

  /// Puts the word into the words that are taken apart; names of subcommands stay on offer.
  private static func bash(_ script: String) -> String {
    let words = #"    local -a unparsed_words=("${COMP_WORDS[@]:1:${COMP_CWORD}}")"# + "\n"
    return script.inserting(
      """

          # Without a subcommand, the words are those of \(assumed)
          case "${unparsed_words[0]}" in
          \(subcommands.joined(separator: "|")))
              ;;
          *)
              if [[ "${COMP_CWORD}" -eq 1 && "${cur}" != -* ]]; then
                  COMPREPLY+=($(compgen -W '\(subcommands.joined(separator: " "))' -- "${cur}"))
              fi
              unparsed_words=(\(assumed) "${unparsed_words[@]}")
              ;;
          esac

      """, after: words)
  }

  /// Hands the words to the function of the default subcommand; the first word may be a script.
  private static func zsh(_ script: String) -> String {
    let names = "        _describe -V subcommand subcommands && ret=0\n"
    let scripts = #"        _files -g '*.lua' && ret=0"# + "\n"
    let variables = "    local -ir current_word_index=\"$((CURRENT - 1))\"\n"
    return script.inserting(scripts, after: names).inserting(
      """

          # Without a subcommand, the words are those of \(assumed)
          if [[ "${CURRENT}" -gt 2 || "${words[2]}" = -* ]]; then
              case "${words[2]}" in
              \(subcommands.joined(separator: "|")))
                  ;;
              *)
                  _\(root)_\(assumed)
                  return
                  ;;
              esac
          fi

      """, after: variables)
  }

  /// Puts the word into the tokens that are taken apart; the first token may be a script.
  private static func fish(_ script: String) -> String {
    let tokens = "    set -l unparsed_tokens (__\(root)_tokens -pc)\n"
    let scripts = "-n '__\(root)_should_offer_completions_for_positional \"\(root) \(assumed)\" "
    let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
    let more = lines.filter { $0.contains(scripts) }.map {
      String($0).replacing("\"\(root) \(assumed)\"", with: "\"\(root)\"") + "\n"
    }
    return (script + more.joined()).inserting(
      """
          # Without a subcommand, the tokens are those of \(assumed)
          if not contains -- "$unparsed_tokens[2]" \(subcommands.joined(separator: " "))
              if test (count $unparsed_tokens) -gt 1; or string match -q -- '-*' (__\(root)_tokens -t)
                  set unparsed_tokens $unparsed_tokens[1] \(assumed) $unparsed_tokens[2..]
              end
          end

      """, after: tokens)
  }
}

extension String {
  /// The text with more of it behind the first place where a part ends; as it is without the part.
  fileprivate func inserting(_ text: String, after part: String) -> String {
    replacing(part, with: part + text, maxReplacements: 1)
  }
}
