import Hypervisor
import Negotiation
import Sun4v

/// The control domain's own part of a window: everything outside the reserved range.
extension Machine {
  func takePrivate(_ pages: UInt64, _ target: WindowReference) throws(MachineError) -> UInt64 {
    guard let place = privatePlace(target) else {
      throw MachineError(
        .wrongState, "only the running control domain maps outside grants, in its private part")
    }
    guard let wanted = Int(exactly: pages) else {
      throw MachineError(.invalidArgument, "\(pages) pages are more than any window has")
    }
    do {
      let port = port(of: Self.control)
      let start = try software.software[Self.control.rawValue].control?.privateRanges[place]
        .allocate(AllocationRequest(pages: wanted), port)
      return UInt64(start ?? 0)
    } catch {
      throw MachineError(
        .denied,
        "the private part of \(hypervisor.state.rootComplexes[target.id.rawValue].name) has no \(pages) "
          + "pages: \(error.message)",
        name: error.code)
    }
  }

  func freePrivate(_ index: UInt64, _ pages: UInt64, _ target: WindowReference) {
    guard let place = privatePlace(target) else { return }
    // The range came from this allocator; were it refused, the invariants would say so.
    try? software.software[Self.control.rawValue].control?.privateRanges[place]
      .free(start: Int(index), pages: Int(pages))
  }

  /// The place of a window among the private ranges; `nil` where the control domain is not running.
  private func privatePlace(_ target: WindowReference) -> Int? {
    software.software[Self.control.rawValue].control?.privateRanges
      .firstIndex { $0.window.handle == target.handle }
  }
}
