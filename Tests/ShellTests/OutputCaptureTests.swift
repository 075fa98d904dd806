import Sun4v
import Testing

@testable import Shell

@Suite struct OutputCaptureTests {
  /// Texts with an end each, in pieces as a pipe may hand them over, with the end told at any moment
  /// after it was read.
  @Test(arguments: 0..<40) func givesEachTestItsOwn(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let marker = "\u{1}end 12\u{1}"
    // Beginnings of the marker, which must not be taken for it.
    let alphabet = ["a", "\n", "\u{1}", "\u{1}end 1", "end", "\u{1}end", "ü"]
    let texts = (0..<20).map { _ in
      (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
      }.joined()
    }
    var bytes = Array(texts.map { $0 + marker }.joined().utf8)[...]
    var capture = OutputCapture(marker: marker, limit: 1000)
    while !bytes.isEmpty {
      let piece = bytes.prefix(Int.random(in: 1..<40, using: &generator))
      capture.append(Array(piece))
      bytes = bytes.dropFirst(piece.count)
    }
    #expect(texts.map { _ in capture.take() } == texts)
    #expect(capture.take() == "")
  }

  @Test func keepsWhatHasNoEnd() {
    var capture = OutputCapture(marker: "<end>", limit: 8)
    capture.append(Array("first<end>the second is cut".utf8))
    #expect(capture.take() == "first")
    #expect(capture.take() == "the seco")
    capture.append(Array("<en".utf8))
    #expect(capture.take() == "<en")
  }
}
