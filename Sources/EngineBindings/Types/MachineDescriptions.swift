import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  /// A machine as machine descriptions.
  static func declareMachineDescriptions(_ t: TypeBuilder<MachineObject>) {
    let provision = """
      local m = sun4v.machine {}
      m:domain("primary"):add_root_complex { name = "pci@400" }
      m:add_domain { name = "ldg1" }

      """
    t.method(
      "descriptions", "The machine descriptions of the machine, in binary form",
      returns: [
        ResultDescription("descriptions", .any, "a table with hypervisor, and guests by name")
      ],
      documentation: .init(
        details: "The same before and after the boot. Each domain reads its own by mach_desc.",
        example: provision + "local d = m:descriptions()\n"
          + "print(sun4v.md.dump(d.guests.ldg1), #d.hypervisor)",
        seeAlso: ["machine:save_descriptions", "sun4v.md.parse"])
    ) { m -> LuaValue in
      let found = try raising { () throws(MachineError) in try m.machine.descriptions() }
      return .record([
        ("hypervisor", .bytes(found.hypervisor)),
        ("guests", .record(found.guests.map { ($0.name, .bytes($0.bytes)) })),
      ])
    }
    t.method(
      "save_descriptions", "Writes the machine descriptions to files",
      Parameter<String>("directory", "A directory that exists"),
      returns: [ResultDescription("files", .any, "the paths written")],
      documentation: .init(
        details: "hv.bin is the hypervisor's, NAME-md.bin each domain's; files of those names are "
          + "replaced. sun4v.machine builds the machine again from them.",
        errors: ["file: a file cannot be written", "invalid_argument: a name cannot be a file's"],
        example: provision + "local directory = os.tmpname()\nos.remove(directory)\n"
          + "assert(os.execute(\"mkdir \" .. directory))\nm:save_descriptions(directory)\n"
          + "local again = sun4v.machine {\n"
          + "  hypervisor_md = directory .. \"/hv.bin\", guest_mds = directory,\n}\n"
          + "assert(again:descriptions().hypervisor == m:descriptions().hypervisor)\n"
          + "os.execute(\"rm -r \" .. directory)",
        seeAlso: ["sun4v.machine", "machine:descriptions"])
    ) { m, directory -> [String] in
      let found = try raising { () throws(MachineError) in try m.machine.descriptions() }
      for guest in found.guests where guest.name.contains("/") {
        throw LuaBindingError(
          code: "invalid_argument",
          message: "the domain \(guest.name) has a name with a slash, which cannot be a file's")
      }
      var files = [(descriptionPath(directory, nil), found.hypervisor)]
      files += found.guests.map { (descriptionPath(directory, $0.name), $0.bytes) }
      for (path, bytes) in files { try m.environment.writeFile(path, bytes) }
      return files.map(\.0)
    }
  }

  /// Where the description of a domain, or with `nil` the hypervisor's, is in a directory.
  static func descriptionPath(_ directory: String, _ name: String?) -> String {
    let folder = directory.hasSuffix("/") ? directory : directory + "/"
    return folder + (name.map { "\($0)-md.bin" } ?? "hv.bin")
  }

  /// Reads what a script names by `hypervisor_md` and `guest_mds`.
  static func savedMachine(
    _ path: String, _ guests: GuestDescriptionFiles?, _ environment: Environment
  ) throws -> SavedMachine {
    guard let guests else {
      throw LuaBindingError(
        code: "invalid_argument",
        message: "hypervisor_md needs guest_mds: the directory of the domains' machine "
          + "descriptions, or a table of files by name")
    }
    let bytes = try environment.readFile(path)
    var saved = try raising { () throws(MachineError) in
      try SavedMachine(hypervisor: bytes, source: path)
    }
    let files =
      switch guests {
      case .directory(let directory):
        saved.domainNames.map { ($0, descriptionPath(directory, $0)) }
      case .files(let files): files
      }
    for (name, file) in files {
      let bytes = try environment.readFile(file)
      try raising { () throws(MachineError) in try saved.add(bytes, of: name, source: file) }
    }
    return saved
  }
}

/// What a script gives as `guest_mds`.
enum GuestDescriptionFiles: LuaArgument {
  /// A directory of files NAME-md.bin.
  case directory(String)
  /// Files by the domain's name.
  case files([(String, String)])

  static var luaType: LuaType { .custom("directory or table") }

  static func fromLua(_ value: LuaValue) throws(LuaMismatch) -> GuestDescriptionFiles {
    if let directory = value.text { return .directory(directory) }
    guard case .record(let fields) = value else {
      throw .expected("directory, or a table such as { primary = \"primary-md.bin\" }", got: value)
    }
    var files: [(String, String)] = []
    for field in fields {
      guard let path = field.value.text else {
        throw .expected("path for \(field.name)", got: field.value)
      }
      files.append((field.name, path))
    }
    return .files(files.sorted { $0.0 < $1.0 })
  }
}
