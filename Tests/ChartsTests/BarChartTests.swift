import Charts
import Testing

@Suite struct BarChartTests {
  private let chart = BarChart(
    "Cost of a frame", axis: Axis("cycles"), names: ["proxied", "direct"],
    series: [.init("calls", [12000, 0]), .init("copies", [3000, nil])])

  @Test func drawsAGroupForEachName() {
    #expect(
      chart.text(on: TextCanvas(columns: 40)) == """
        Cost of a frame
        cycles
        proxied ********************** 12k
                ooooo 3k
        direct  0
                -
        * calls  o copies
        """)
  }

  @Test func drawsPartsOfBlocks() {
    let one = BarChart(
      "", axis: Axis("", maximum: 100), names: ["a"], series: [.init("", [50])])
    #expect(one.text(on: TextCanvas(columns: 26, isUnicode: true)) == "\na ██████████ 50")
  }

  @Test func drawsTheSameDocumentEachTime() {
    let source = chart.svg()
    #expect(source == chart.svg())
    #expect(source.contains("<title>proxied, copies: 3k</title>"))
    #expect(source.contains(">12k</text>"))
  }

  @Test func logarithmicBarsBeginBelowTheSmallest() {
    let chart = BarChart(
      "", axis: Axis("", scale: .logarithmic), names: ["a", "b"], series: [.init("", [10, 1000])])
    let lines = chart.text(on: TextCanvas(columns: 27)).split(separator: "\n")
    #expect(lines == ["a 10", "b ##################### 1k"])
  }
}
