import Charts
import Testing

@Suite struct LineChartTests {
  private let growth = LineChart(
    "translate", x: Axis("entries", scale: .logarithmic),
    y: Axis("time per call", scale: .logarithmic, format: .nanoseconds),
    series: [
      .init("ours", [(16, 3), (4096, 4), (1_048_576, 11)]),
      .init("a <tree>", [(16, 12), (4096, 60), (1_048_576, 900)]),
    ])

  @Test func drawsLinesWithMarksWhereThereIsNeitherBrailleNorColour() {
    let lines = growth.text(on: TextCanvas(columns: 40), rows: 7).split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines == [
        "translate",
        "time per call",
        "  1 us +                           oooo",
        "       |                   oooooooo",
        "100 ns +            ooooooo",
        "       |    oooooooo",
        " 10 ns +oooo                   ********",
        "       |***********************",
        "  1 ns +",
        "       +-----+------------------+------",
        "            100               100k",
        "                                entries",
        "* ours  o a <tree>",
      ])
  }

  @Test func everyLineFitsTheWidth() {
    for columns in [20, 33, 80, 200] {
      for canvas in [
        TextCanvas(columns: columns), TextCanvas(columns: columns, isUnicode: true),
      ] {
        for line in growth.text(on: canvas).split(separator: "\n") {
          #expect(line.unicodeScalars.count <= columns, "\(line)")
        }
      }
    }
  }

  @Test func usesBrailleForOneLineAndForColouredOnes() {
    var chart = growth
    let colored = chart.text(on: TextCanvas(isUnicode: true, isColored: true))
    #expect(colored.contains("\u{1B}[34m") && colored.contains("\u{1B}[31m"))
    #expect(colored.unicodeScalars.contains { (0x2801...0x28FF).contains($0.value) })
    #expect(!chart.text(on: TextCanvas(isUnicode: true)).contains("⠤"))
    chart.series.removeLast()
    #expect(
      chart.text(on: TextCanvas(isUnicode: true)).unicodeScalars.contains {
        (0x2801...0x28FF).contains($0.value)
      })
    #expect(chart.text(on: TextCanvas()).utf8.allSatisfy { $0 < 0x80 })
  }

  @Test func drawsTheSameDocumentEachTime() {
    let source = growth.svg()
    #expect(source == growth.svg())
    #expect(source.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 400\""))
    #expect(source.contains("<title>translate</title>"))
    #expect(source.contains("a &lt;tree&gt;") && !source.contains("<tree>"))
    #expect(source.contains("@media (prefers-color-scheme:dark)"))
    #expect(!source.contains("href") && !source.contains("url("))
  }

  @Test func leavesOutWhatHasNoPlace() {
    let chart = LineChart(
      "odd", x: Axis("x"), y: Axis("y", scale: .logarithmic),
      series: [.init("line", [(0, 0), (1, .nan), (.infinity, 2), (2, -1), (3, 10), (4, 1000)])])
    let source = chart.svg()
    #expect(!source.contains("nan") && !source.contains("inf"))
    #expect(source.components(of: "<circle") == 2)
  }

  @Test(arguments: [
    [], [(1.0, 0.0)], [(5.0, 5.0), (5.0, 5.0)], [(0.0, 1e299), (1e-300, -1e299)],
    [(.leastNonzeroMagnitude, .leastNonzeroMagnitude), (1.7e308, 1.7e308)],
  ])
  func drawsWhateverThereIs(points: [(Double, Double)]) {
    for scale in [Axis.Scale.linear, .logarithmic] {
      for format in [NumberFormat.number, .bytes, .percent, .nanoseconds] {
        let chart = LineChart(
          "few", x: Axis("x", scale: scale, format: format),
          y: Axis("y", scale: scale, format: format),
          series: [.init("line", points.map { (x: $0.0, y: $0.1) }, isStepped: true)])
        #expect(!chart.text(on: TextCanvas(columns: 30)).isEmpty)
        #expect(chart.svg().hasSuffix("</svg>\n"))
      }
    }
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(of part: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: part) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
