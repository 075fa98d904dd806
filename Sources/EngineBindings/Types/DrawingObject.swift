public import Charts
public import LuaRuntime

/// A drawing as a Lua object: characters for the terminal, SVG for files.
///
/// It shows what was there when it was made, whatever becomes of the machine.
public final class DrawingObject: LuaObject {
  /// The name of the type in Lua.
  public static let luaName = "drawing"

  let title: String
  /// The columns that the script asked for; `nil` for those of whoever shows it.
  private let columns: Int?
  private let environment: EngineBindings.Environment
  private let draw: (TextCanvas) -> String
  private let source: () -> String

  init(
    _ title: String, columns: Int?, _ environment: EngineBindings.Environment,
    text: @escaping (TextCanvas) -> String, svg: @escaping () -> String
  ) {
    self.title = title
    self.columns = columns
    self.environment = environment
    draw = text
    source = svg
  }

  /// The drawing in characters, without a newline at its end.
  public func text(on canvas: TextCanvas) -> String {
    var canvas = canvas
    if let columns { canvas = canvas.resized(to: columns) }
    return draw(canvas)
  }

  /// The drawing on the canvas of the shell.
  func text() -> String { text(on: environment.canvas()) }

  /// The text with the choices of a script in place of the shell's.
  fileprivate func text(columns: Int?, color: Bool?, unicode: Bool?) -> String {
    var canvas = environment.canvas()
    if let color { canvas.isColored = color }
    if let unicode { canvas.isUnicode = unicode }
    guard let columns else { return text(on: canvas) }
    return draw(canvas.resized(to: columns))
  }

  /// The drawing as an SVG document.
  func svg() -> String { source() }

  /// Writes the drawing as an SVG document to a file.
  func save(_ path: String) throws {
    try environment.writeFile(path, Array(source().utf8))
  }
}

extension EngineBindings {
  private static let example = """
    local m = sun4v.machine {}
    local bus = m:domain("primary"):add_root_complex { name = "pci@400" }
    m:boot()
    local drawing = bus:picture()

    """

  static func declareDrawing(in registry: BindingRegistry) {
    registry.type(
      DrawingObject.self, "A picture or a chart, for the terminal and for files",
      documentation: .init(
        details: "print shows it, in colours where the output has them; so does the prompt.")
    ) { t in
      t.text { $0.text() }
      t.property("title", "What it shows, in one line") { $0.title }
      let columns = Parameter<UInt64?>("columns", "The width; that of the terminal by default")
      let color = Parameter<Bool?>("color", "Whether in colours; as the output has them by default")
      let unicode = Parameter<Bool?>(
        "unicode", "Whether with characters beyond ASCII; as the locale has them by default")
      t.method(
        "text", "The drawing in characters", .options("options", columns, color, unicode),
        returns: [ResultDescription("text", .string, "lines, without a newline at the end")],
        documentation: .init(
          example: example + "print(drawing:text { columns = 120, color = false })",
          seeAlso: ["drawing:svg"])
      ) { d, o -> String in
        d.text(
          columns: try o[columns].map { Int(clamping: $0) }, color: try o[color],
          unicode: try o[unicode])
      }
      t.method(
        "svg", "The drawing as an SVG document",
        returns: [ResultDescription("svg", .string, "the document, which needs no other files")],
        documentation: .init(
          details: "Readable in light and dark surroundings. The same drawing is the same bytes.",
          example: example + "assert(drawing:svg():find(\"<svg\", 1, true) == 1)",
          seeAlso: ["drawing:save"])
      ) { d -> String in d.svg() }
      t.method(
        "save", "Writes the drawing to a file as an SVG document",
        Parameter<String>("file", "The file; one of that name is replaced"),
        documentation: .init(
          errors: ["file: the file cannot be written"],
          example: example + "local file = os.tmpname()\ndrawing:save(file)\nos.remove(file)",
          seeAlso: ["drawing:svg"])
      ) { d, file in try d.save(file) }
    }
  }
}
