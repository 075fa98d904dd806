import Hypervisor
import LuaRuntime
import Negotiation
import Simulation
import Sun4v

/// The options of `sun4v.machine` that concern negotiation and checking.
struct MachineTuning {
  let queue = Parameter<UInt64>.count(
    "queue", "Packets in each queue of a channel, a power of two", default: 128)
  let retransmit = Parameter<UInt64>(
    "retransmit", "The time after which a guest asks again", unit: "nanoseconds",
    default: 4_000_000)
  let acknowledge = Parameter<UInt64>(
    "ack_delay", "The time that an acknowledgement on a channel waits for data to ride on",
    unit: "nanoseconds", default: 10_000)
  let policy = Parameter<AllocationPolicy>(
    "policy", "How the control domain chooses among free runs", default: .binned)
  let quarantine = Parameter<UInt64?>(
    "quarantine", "Pages that wait before they are given again", unit: "pages")
  let guardPages = Parameter<UInt64>.count(
    "guard", "Pages kept empty behind every grant", unit: "pages", default: 0)
  let strict = Parameter<Bool>(
    "strict", "Whether every invariant is checked after every step", default: false)
  let numbering = Parameter<Bool>(
    "guest_numbering",
    "Whether each guest's grants are numbered for themselves, whatever the others are granted",
    default: false)
  let channels = Parameter<UInt64>.count(
    "channel_endpoints",
    "Channels that a domain may have, up to 4080; the control domain needs one a guest",
    default: 256)
  let planted = Parameter<Bool>(
    "forgets_answers",
    "For tests: plants a fault, by which a repeated request is carried out again", default: false)

  /// Puts what was given into a configuration; raises `invalid_argument`.
  func apply(_ o: LuaOptions, to configuration: inout MachineConfiguration) throws {
    let entries = try o[queue]
    guard entries >= 2, entries <= 1 << 14, entries & (entries - 1) == 0 else {
      throw LuaBindingError(
        code: "invalid_argument",
        message: "a queue of \(entries) packets: wanted a power of two from 2 to 16384")
    }
    let limit = try o[channels]
    guard (1...UInt64(HypervisorState.largestChannelLimit)).contains(limit) else {
      throw LuaBindingError(
        code: "invalid_argument",
        message: "\(limit) channel endpoints: wanted 1 to \(HypervisorState.largestChannelLimit)")
    }
    configuration.channelLimit = Int(limit)
    configuration.channelEntries = entries
    configuration.mondoEntries = min(entries, 128)
    configuration.requestRetransmitDelay = max(1, try o[retransmit])
    configuration.acknowledgeDelay = try o[acknowledge]
    configuration.policy = try o[policy]
    guard configuration.policy != .custom else {
      throw LuaBindingError(
        code: "invalid_argument",
        message: "policy \"custom\" is what machine:policy(function) sets; call that instead")
    }
    configuration.quarantine = try o[quarantine].map { QuarantineLimit(pages: Int(clamping: $0)) }
    configuration.guardPages = UInt32(clamping: try o[guardPages])
    configuration.isStrict = try o[strict]
    configuration.numbersGrantsByGuest = try o[numbering]
    configuration.forgetsAnswers = try o[planted]
  }
}
