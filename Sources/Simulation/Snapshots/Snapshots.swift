import Hypervisor
import Sun4v

/// The whole state of a machine at one moment; taking one copies no memory until the machine goes on.
public struct MachineSnapshot: Hashable {
  let configuration: MachineConfiguration
  let hypervisor: HypervisorState
  let software: SoftwareState

  /// The machine's clock at that moment.
  public var time: VirtualTime { hypervisor.now }
}

extension Machine {
  /// Keeps the whole state.
  public func snapshot() throws(MachineError) -> MachineSnapshot {
    try checkOpen()
    return MachineSnapshot(
      configuration: configuration, hypervisor: hypervisor.state, software: software)
  }

  /// Puts a kept state back, clock included; events that were not handed out yet are dropped.
  ///
  /// Throws code `invalid_argument` for a snapshot of another machine.
  public func restore(_ snapshot: MachineSnapshot) throws(MachineError) {
    try checkOpen()
    guard snapshot.configuration == configuration,
      snapshot.hypervisor.events.stream === hypervisor.events
    else {
      throw MachineError(
        .invalidArgument, "the snapshot is another machine's; a machine takes back its own only")
    }
    _ = hypervisor.events.drain()
    hypervisor.state = snapshot.hypervisor
    software = snapshot.software
  }
}
