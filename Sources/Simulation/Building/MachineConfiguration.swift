import Hypervisor
import Negotiation
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
  /// The channels that a domain may have; the control domain needs one for each guest.
  public var channelLimit = HypervisorState.standardChannelLimit
  /// Packets in each queue of a channel: a power of two, at least 2.
  public var channelEntries: UInt64 = 128
  /// Entries of each device mondo queue: a power of two, at least 2.
  public var mondoEntries: UInt64 = 128
  /// Nanoseconds until a guest's agent sends a request again that was not answered.
  public var requestRetransmitDelay: UInt64 = 4_000_000
  /// Nanoseconds that an acknowledgement on a channel waits for data to ride on.
  public var acknowledgeDelay: UInt64 = 10_000
  /// How the control domain's agent chooses among the free runs that fit.
  public var policy = AllocationPolicy.binned
  /// How long ranges that came back wait before they are given again; `nil` for not at all.
  public var quarantine: QuarantineLimit?
  /// Guard pages behind each grant that does not ask for more.
  public var guardPages: UInt32 = 0
  /// Whether every invariant is checked after every step.
  public var isStrict = false
  /// Whether each guest's grants are numbered for themselves, whatever the others are granted.
  public var numbersGrantsByGuest = false
  /// For tests: plants a fault in the control domain's agent, which then carries out a repeated request
  /// again instead of repeating its answer.
  public var forgetsAnswers = false

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
