import Hypervisor
import Sun4v

extension PCIVectorState {
  /// Reads what the case gives of devices, links, event queues and messages.
  static func readDevices(
    _ given: VectorFields, _ state: inout HypervisorState, _ domain: DomainID, _ bus: RootComplexID
  ) throws {}
}
