@preconcurrency import Glibc

/// Where `require` looks before `package.path`: beside the script, in the user's data directory, in
/// the installed `lua` folder.
enum ModulePath {
  /// The folders, the first to look in first.
  static func folders(script: String?, environment: ProcessEnvironment) -> [String] {
    var folders: [String] = []
    if let script { folders.append(folder(of: script)) }
    if let data = environment.directory("XDG_DATA_HOME", below: ".local/share") {
      folders.append("\(data)/dvmash/lua")
    }
    if let installed = installedFolder { folders.append(installed) }
    return folders
  }

  /// What is put in front of `package.path`; a folder that would be a pattern itself is left out.
  static func prefix(_ folders: [String]) -> String {
    folders.filter { !$0.contains("?") && !$0.contains(";") }
      .map { "\($0)/?.lua;\($0)/?/init.lua;" }.joined()
  }

  /// The folder that a file is in.
  static func folder(of file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }

  /// `share/dvmash/lua` beside the binary's `bin`, or `lua` of the checkout that it was built in.
  static var installedFolder: String? {
    guard let binary = realpath("/proc/self/exe", nil) else { return nil }
    defer { free(binary) }
    var folder = Self.folder(of: String(cString: binary))
    let installed = Self.folder(of: folder) + "/share/dvmash/lua"
    if access(installed, R_OK) == 0 { return installed }
    for _ in 0..<4 {
      if folder.hasSuffix("/.build") {
        let checkout = Self.folder(of: folder) + "/lua"
        return access(checkout, R_OK) == 0 ? checkout : nil
      }
      folder = Self.folder(of: folder)
    }
    return nil
  }
}
