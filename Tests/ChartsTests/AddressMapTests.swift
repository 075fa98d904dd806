import Charts
import Testing

@Suite struct AddressMapTests {
  private let map = AddressMap(
    "window", scale: "a cell is 1 page of 8K", base: 0x8000_0000, cellSize: 8192, cellsPerRow: 16,
    cells: Array(repeating: 0, count: 16 * 3) + [0, 1, 1, 2] + Array(repeating: 0, count: 12)
      + Array(repeating: 0, count: 40),
    kinds: [
      .init("free", letter: ":", look: .empty, amount: "101"),
      .init("ldg1 <granted>", letter: "a", look: .pale(0), amount: "2"),
      .init("ldg1 mapped", letter: "A", look: .solid(0), amount: "1"),
    ],
    notes: ["", "", "", "ldg1 3", "", "", ""])

  @Test func drawsRowsAndFoldsEqualOnes() {
    #expect(
      map.text(on: TextCanvas(columns: 60)) == """
        window
        a cell is 1 page of 8K
                            +0x0
        0x0000000080000000  ::::::::::::::::
        *
        0x0000000080060000  :aaA::::::::::::  ldg1 3
        0x0000000080080000  ::::::::::::::::
        *
        0x00000000800c0000  ::::::::
        : free 101   a ldg1 <granted> 2   A ldg1 mapped 1
        """)
  }

  @Test func rowsHaveAPowerOfTwoOfCells() {
    #expect(AddressMap.cellsPerRow(on: TextCanvas(columns: 80)) == 32)
    #expect(AddressMap.cellsPerRow(on: TextCanvas(columns: 84)) == 64)
    #expect(AddressMap.cellsPerRow(on: TextCanvas(columns: 20)) == 8)
    #expect(AddressMap.cellsPerRow(on: TextCanvas(columns: 100_000)) == 256)
  }

  @Test func paintsRunsOfCells() {
    let text = map.text(on: TextCanvas(columns: 60, isColored: true))
    #expect(text.contains("\u{1B}[34maa\u{1B}[0m\u{1B}[7;34mA\u{1B}[0m"))
    #expect(!text.contains("\u{1B}[34ma\u{1B}[0m\u{1B}[34ma"))
  }

  @Test func drawsTheSameDocumentEachTime() {
    let source = map.svg()
    #expect(source == map.svg())
    #expect(source.contains(">0x0000000080060000</text>"))
    #expect(
      source.contains(
        "<title>ldg1 &lt;granted&gt;: 0x0000000080062000 to 0x0000000080065fff</title>"))
    #expect(!source.contains("<granted>"))
  }

  @Test func drawsSeveralMapsInOneDocument() {
    let both = AddressMap.svg([map, map], title: "two")
    #expect(both.contains("<title>two</title>"))
    #expect(both.split(separator: ">window</text>").count == 3)
    #expect(AddressMap.svg([], title: "none").hasSuffix("</svg>\n"))
  }
}
