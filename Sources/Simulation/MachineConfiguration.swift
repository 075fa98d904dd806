import Hypervisor
import Sun4v

/// What a machine is made of from the start.
public struct MachineConfiguration: Hashable, Sendable {
  /// The root complex and firmware that are modelled.
  public var model: MachineModel
  /// Deployed or specified behaviour where the two differ.
  public var conformance: ConformanceMode
  /// The seed of everything that is left to chance.
  public var seed: UInt64
  /// The control domain's memory in bytes.
  public var controlMemory: ByteSize
  /// Virtual time between an interrupt being raised and its handler running, in nanoseconds.
  public var interruptLatency: UInt64
  /// Whether root complexes remember translations; without that an IOTSB's change shows at once.
  public var hasIOTLB: Bool

  /// The control domain's memory where nothing else is said.
  public static let defaultControlMemory = ByteSize(1 << 30)

  /// Makes a configuration; every part has a default.
  public init(
    model: MachineModel = .t2, conformance: ConformanceMode = .deployed, seed: UInt64 = 0,
    controlMemory: ByteSize = defaultControlMemory, interruptLatency: UInt64 = 1_000,
    hasIOTLB: Bool = true
  ) {
    self.model = model
    self.conformance = conformance
    self.seed = seed
    self.controlMemory = controlMemory
    self.interruptLatency = interruptLatency
    self.hasIOTLB = hasIOTLB
  }
}
