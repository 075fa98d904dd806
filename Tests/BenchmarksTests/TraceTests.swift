import Benchmarks
import Testing

@Suite struct TraceTests {
  /// What is cheap to make; `dvmash bench` verifies each trace that it runs.
  #if DEBUG
    static let cheap: [TraceName] = [.w3Segments]
    static let cheapTranslations = [18]
  #else
    static let cheap: [TraceName] = [.w1, .w2Half, .w2Full, .w3Segments, .w3Lists]
    static let cheapTranslations = TranslationWorkload.publishedBits
  #endif

  @Test(arguments: cheap)
  func tracesHaveTheirPublishedChecksums(name: TraceName) {
    let trace = name.makeTrace()
    #expect(trace.checksum == name.checksum)
    #expect(trace.slots == name.counts.slots)
    #expect(trace.setup == name.counts.setup)
    #expect(trace.timed == name.counts.timed)
  }

  @Test(arguments: cheapTranslations)
  func translationsHaveTheirPublishedSums(bits: Int) {
    #expect(TranslationWorkload(bits: bits).sum == TranslationWorkload.publishedSum(bits: bits))
  }
}
