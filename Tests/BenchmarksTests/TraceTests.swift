import Benchmarks
import Testing

@Suite struct TraceTests {
  /// The cheap ones; the larger windows follow the same code and are verified by every bench run.
  @Test(arguments: [TraceName.w1, .w2Half, .w2Full, .w3Segments, .w3Lists])
  func tracesHaveTheirPublishedChecksums(name: TraceName) {
    let trace = name.makeTrace()
    #expect(trace.checksum == name.checksum)
    #expect(trace.slots == name.counts.slots)
    #expect(trace.setup == name.counts.setup)
    #expect(trace.timed == name.counts.timed)
  }

  @Test(arguments: TranslationWorkload.publishedBits)
  func translationsHaveTheirPublishedSums(bits: Int) {
    #expect(TranslationWorkload(bits: bits).sum == TranslationWorkload.publishedSum(bits: bits))
  }
}
