import Sun4v

/// What became of an error report to a CPU.
public enum ErrorReportOutcome: Hashable, Sendable {
  /// It is in the queue.
  case queued
  /// The resumable queue was full or missing, and the report is lost.
  case dropped
  /// The non-resumable queue could not take it: the CPU is in error, and another was told.
  case processorInError
  /// As `processorInError`, and no CPU is left that could be told: the domain is to be reset.
  case domainMustReset
}

extension HypervisorState {
  /// Bit 31 of the report's ATTR field: the report filled the resumable queue.
  static let queueFullAttribute: UInt64 = 1 << 31

  /// Gives a CPU a resumable error report.
  ///
  /// A full queue loses it; the report that fills the queue says so (RQFULL), so that the domain knows
  /// that more may be missing. Returns `dropped` for an unknown domain or CPU as well.
  ///
  /// Source: FWARC 2006/200, 2009/655.
  @discardableResult
  public mutating func postResumableError(
    _ report: Mondo, to domain: DomainID, processor: UInt64
  ) -> ErrorReportOutcome {
    guard let index = self.domain(domain)?.processorIndex(processor),
      case var queue = domains[domain.rawValue].processors[index].resumableErrorQueue,
      queue.hasRoom
    else { return .dropped }
    let isLast = (queue.tail &+ 2 &* MondoQueue.entrySize) & (queue.size &- 1) == queue.head
    var written = report
    if isLast { written[2] |= Self.queueFullAttribute }
    queue.append(written, in: &memory)
    domains[domain.rawValue].processors[index].resumableErrorQueue = queue
    return .queued
  }

  /// Gives a CPU a non-resumable error report.
  ///
  /// Where its queue is missing or not empty, the CPU is put in error and takes no more interrupts,
  /// and another CPU of the domain gets the report as a resumable one (DESC 1).
  ///
  /// Source: FWARC 2006/200, 2009/655.
  @discardableResult
  public mutating func postNonresumableError(
    _ report: Mondo, to domain: DomainID, processor: UInt64
  ) -> ErrorReportOutcome {
    guard let index = self.domain(domain)?.processorIndex(processor) else { return .dropped }
    var queue = domains[domain.rawValue].processors[index].nonresumableErrorQueue
    if queue.hasRoom, queue.isEmpty {
      queue.append(report, in: &memory)
      domains[domain.rawValue].processors[index].nonresumableErrorQueue = queue
      return .queued
    }
    domains[domain.rawValue].processors[index].isInError = true
    guard let other = domains[domain.rawValue].processors.first(where: { !$0.isInError }) else {
      return .domainMustReset
    }
    var told = report
    told[2] = told[2] & ~(0xff << 32) | 1 << 32
    postResumableError(told, to: domain, processor: other.id)
    return .processorInError
  }
}
