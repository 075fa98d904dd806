import Charts
import Testing

@Suite struct NumberFormatTests {
  @Test(arguments: [
    (0, "0"), (1, "1"), (999, "999"), (1000, "1k"), (1234567, "1.23M"), (-0.5, "-0.5"),
    (0.012345, "0.0123"), (2.5e12, "2.5T"),
  ])
  func writesNumbers(value: Double, text: String) {
    #expect(NumberFormat.number.text(value) == text)
  }

  @Test func writesUnits() {
    #expect(NumberFormat.bytes.text(8192) == "8K")
    #expect(NumberFormat.bytes.text(1_610_612_736) == "1.5G")
    #expect(NumberFormat.percent.text(0.125) == "12.5%")
    #expect(NumberFormat.nanoseconds.text(1500) == "1.5 us")
    #expect(NumberFormat.nanoseconds.text(42_000_000_000) == "42 s")
  }

  @Test func writesWhateverComes() {
    for value in [Double.nan, .infinity, 1e300, -1e300, 1e-300] {
      #expect(!NumberFormat.number.text(value).isEmpty)
    }
  }
}
