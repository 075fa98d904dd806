import Charts
import Hypervisor
import LuaRuntime
import Simulation
import Sun4v

/// The options of every `picture` method.
private struct PictureOptions {
  let from = Parameter<UInt64?>("from", "The first DVA that is shown", type: .address)
  let to = Parameter<UInt64?>("to", "The last DVA that is shown", type: .address)
  let height = Parameter<UInt64>.count("height", "The most rows, in characters", default: 16)
  let columns = Parameter<UInt64?>("columns", "The width; that of the terminal by default")
  let file = Parameter<String?>("file", "Where to write the picture too, as an SVG document")

  /// Draws the windows of some root complexes, all of them or a domain's part.
  func draw(
    _ options: LuaOptions, of owner: MachineObject, _ rootComplexes: [RootComplexID],
    holder: DomainID?
  ) throws -> DrawingObject {
    let names = owner.machine.domainNames
    let selection = WindowMap.Selection(
      from: try options[from].map { DVMAAddress($0) }, to: try options[to].map { DVMAAddress($0) },
      holder: holder)
    let rows = min(max(1, Int(clamping: try options[height])), 1000)
    let windows = try rootComplexes.map { id in
      try raising { () throws(MachineError) in
        let name = try owner.machine.rootComplex(id).name
        let whose = holder.map { ", the part of \(names[$0] ?? "\($0)")" } ?? ""
        return WindowDrawing(
          map: try owner.machine.map(of: id, selection, cells: WindowDrawing.cells),
          title: "DVA window of \(name)\(whose), at \(owner.machine.now)", names: names, rows: rows)
      }
    }
    let title = windows.first?.title ?? "a machine without root complexes"
    let drawing = DrawingObject(
      title, columns: try options[columns].map { Int(clamping: $0) }, owner.environment,
      text: { canvas in
        windows.isEmpty ? title : windows.map { $0.text(on: canvas) }.joined(separator: "\n\n")
      },
      svg: { AddressMap.svg(windows.map(\.figure), title: title) })
    if let path = try options[file] { try drawing.save(path) }
    return drawing
  }

  static func documentation(_ example: String, seeAlso: [String]) -> LuaDocumentation {
    LuaDocumentation(
      details: "A cell is a power of two of pages and shows the most telling use in it: entries "
        + "that are valid (capital letters, '#' for the control domain's), granted (a letter and a "
        + "colour for each guest), quarantine '~', guard '|', free ':', private '.'. Beside a row "
        + "stands which guests hold how many pages of it; '*' stands for rows like the one above.",
      errors: ["file: the file cannot be written"], example: example,
      seeAlso: ["drawing:text", "drawing:save"] + seeAlso)
  }

  static let result = [ResultDescription("picture", .custom("drawing"), "print shows it")]
}

extension EngineBindings {
  static func declareTablePicture(_ t: TypeBuilder<IOTSBObject>) {
    let picture = PictureOptions()
    t.method(
      "picture", "Draws the window, or the domain's part of it, as a map",
      .options(
        "options", picture.from, picture.to, picture.height, picture.columns, picture.file),
      returns: PictureOptions.result,
      documentation: PictureOptions.documentation(
        firstDMA + "print(bus.iotsb:picture())\nprint(ldg1.iotsb:picture { height = 4 })",
        seeAlso: ["root_complex:picture", "iotsb:usage"])
    ) { i, o -> DrawingObject in
      try picture.draw(o, of: i.owner, [i.rootComplex], holder: i.holder)
    }
  }

  static func declareBusPicture(_ t: TypeBuilder<RootComplexObject>) {
    let picture = PictureOptions()
    t.method(
      "picture", "Draws the window as a map",
      .options(
        "options", picture.from, picture.to, picture.height, picture.columns, picture.file),
      returns: PictureOptions.result,
      documentation: PictureOptions.documentation(
        firstDMA + "print(bus:picture { from = grant.dva, to = grant.dva + 0xffff })",
        seeAlso: ["iotsb:picture", "root_complex:report", "machine:record"])
    ) { r, o -> DrawingObject in try picture.draw(o, of: r.owner, [r.id], holder: nil) }
  }

  static func declareMachineDrawings(_ t: TypeBuilder<MachineObject>) {
    let picture = PictureOptions()
    t.method(
      "picture", "Draws the windows of all root complexes as maps",
      .options(
        "options", picture.from, picture.to, picture.height, picture.columns, picture.file),
      returns: PictureOptions.result,
      documentation: PictureOptions.documentation(
        firstDMA + "print(m:picture())", seeAlso: ["root_complex:picture"])
    ) { m, o -> DrawingObject in
      try raising { () throws(MachineError) in try m.machine.checkUsable() }
      return try picture.draw(
        o, of: m, m.machine.hypervisor.state.rootComplexes.map(\.id), holder: nil)
    }
    declareRecording(t)
  }
}
