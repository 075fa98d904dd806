import Hypervisor
import Negotiation
import Sun4v

/// The control domain's own part of a window: everything outside the reserved range.
extension Machine {
  func takePrivate(_ pages: UInt64, _ target: WindowReference) throws(MachineError) -> UInt64 {
    guard case .control(var control) = software.software[Self.control.rawValue],
      let place = control.privateRanges.firstIndex(where: { $0.window.handle == target.handle })
    else {
      throw MachineError(
        .wrongState, "only the running control domain maps outside grants, in its private part")
    }
    guard let wanted = Int(exactly: pages) else {
      throw MachineError(.invalidArgument, "\(pages) pages are more than any window has")
    }
    do {
      let start = try control.privateRanges[place].allocate(
        AllocationRequest(pages: wanted), port(of: Self.control))
      software.software[Self.control.rawValue] = .control(control)
      return UInt64(start)
    } catch {
      throw MachineError(
        .denied, "the private part of \(target.name) has no \(pages) pages: \(error.message)",
        name: error.code)
    }
  }

  func freePrivate(_ index: UInt64, _ pages: UInt64, _ target: WindowReference) {
    guard case .control(var control) = software.software[Self.control.rawValue],
      let place = control.privateRanges.firstIndex(where: { $0.window.handle == target.handle })
    else { return }
    software.software[Self.control.rawValue] = .off
    // The range came from this allocator; were it refused, the invariants would say so.
    try? control.privateRanges[place].free(start: Int(index), pages: Int(pages))
    software.software[Self.control.rawValue] = .control(control)
  }
}
