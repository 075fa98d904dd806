import DMA
import Hypervisor
import Negotiation
import Sun4v

/// Things that software took and has not given back.
public struct Holding: Hashable, Sendable {
  /// What it is, such as `grant 3 of ldg1: 4 pages at DVA 0x..., live`.
  public let text: String
  /// What tells it from every other holding of the machine, over its whole life.
  public let identity: String
}

extension Machine {
  /// What domains hold: grants, mappings, valid entries of no mapping, and buffers, in a fixed order.
  public func holdings() throws(MachineError) -> [Holding] {
    try checkOpen()
    var found: [Holding] = []
    for grant in domains.flatMap({ grants(of: $0) }) {
      let record = grant.record
      found.append(
        Holding(
          text: "grant \(record.grant) of \(name(grant.domain)): \(record.pages) pages at DVA "
            + "\(record.address), \(state(of: grant).rawValue)",
          identity: "grant \(grant.rootComplex.rawValue) \(record.grant)"))
    }
    for number in software.mappings.numbers {
      guard let mapping = software.mappings[number] else { continue }
      found.append(
        Holding(
          text: "mapping of \(name(mapping.domain)): \(mapping.length) bytes at DVA "
            + "\(mapping.base), \(mapping.direction.rawValue)",
          identity: "mapping \(number)"))
    }
    for rootComplex in hypervisor.state.rootComplexes { found += entriesOfNoMapping(rootComplex) }
    for number in software.buffers.numbers {
      guard let buffer = software.buffers[number] else { continue }
      found.append(
        Holding(
          text: "buffer of \(name(buffer.domain)): \(ByteSize(buffer.size)) at RA \(buffer.base)",
          identity: "buffer \(number)"))
    }
    return found
  }

  /// Runs of valid entries that belong to no mapping, such as those of raw hypercalls.
  private func entriesOfNoMapping(_ rootComplex: RootComplex) -> [Holding] {
    let mapped = software.mappings.numbers.compactMap { software.mappings[$0] }
      .filter { $0.rootComplex == rootComplex.id }
      .map { $0.firstIndex..<$0.firstIndex &+ $0.pages }
      .sorted { $0.lowerBound < $1.lowerBound }
    var next = 0
    var runs: [Range<UInt64>] = []
    rootComplex.table.forEachValidRun { run in
      var position = run.lowerBound
      while position < run.upperBound {
        while next < mapped.count, mapped[next].upperBound <= position { next += 1 }
        let known = next < mapped.count ? mapped[next] : run.upperBound..<run.upperBound
        let free = min(known.lowerBound, run.upperBound)
        if position < free { runs.append(position..<free) }
        position = min(max(known.upperBound, position), run.upperBound)
      }
    }
    return runs.map { run in
      let address = rootComplex.window.address(of: run.lowerBound)
      let owner = rootComplex.holder(of: run.lowerBound).map { name($0) } ?? rootComplex.name
      return Holding(
        text: "entries of \(owner) without a mapping: \(run.count) at DVA \(address)",
        identity: "entries \(rootComplex.id.rawValue) \(run.lowerBound) \(run.count)")
    }
  }
}
