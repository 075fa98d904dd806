// Theory of operation
//
// What a test does to a machine to see what survives: packets that are lost or changed on their way,
// hypercalls that answer with an error, domains that crash at a given step. Every plan is part of the
// machine's state: a snapshot carries it, and the same seed and the same script give the same faults.
//
// Source: dvmash's own; where packets may be lost, UltraSPARC Virtual Machine Specification, chapter 22.

import Hypervisor
import Sun4v

/// What may happen to packets between the queues of a channel, each with a probability.
public struct PacketFaults: Hashable, Sendable {
  /// The probability that a packet is lost.
  public var drop = 0.0
  /// The probability that a packet arrives twice.
  public var duplicate = 0.0
  /// The probability that the next packet overtakes a packet.
  public var reorder = 0.0
  /// The probability that a packet arrives late.
  public var delay = 0.0
  /// The probability that one bit of a packet is inverted.
  public var corrupt = 0.0
  /// The longest delay in nanoseconds.
  public var longestDelay: UInt64 = 1_000_000

  /// Nothing happens to packets.
  public init() {}
}

/// A crash that is to come.
struct PlannedCrash: Hashable {
  let domain: DomainID
  /// The number of steps of the machine after which it comes.
  let step: UInt64
}

extension Machine {
  /// Lets packets meet faults from now on; the dice are thrown from the machine's seed.
  ///
  /// Throws code `invalid_argument` where a probability is not from 0 to 1, or all add up to more.
  public func inject(_ faults: PacketFaults) throws(MachineError) {
    try checkOpen()
    let chances = [
      ("drop", faults.drop), ("duplicate", faults.duplicate), ("reorder", faults.reorder),
      ("delay", faults.delay), ("corrupt", faults.corrupt),
    ]
    for (name, chance) in chances where !(0...1).contains(chance) {
      throw MachineError(
        .invalidArgument, "\(name) of \(chance): wanted a probability from 0 to 1")
    }
    let sum = chances.reduce(0) { $0 + $1.1 }
    guard sum <= 1.000001 else {
      throw MachineError(
        .invalidArgument,
        "the probabilities add up to \(sum); at most one fault meets a packet, so at most 1")
    }
    hypervisor.state.channelFaults = ChannelFaultPlan(
      drop: faults.drop, duplicate: faults.duplicate, reorder: faults.reorder,
      delay: faults.delay, corrupt: faults.corrupt, longestDelay: faults.longestDelay,
      seed: software.generator.next())
  }

  /// Lets the n-th call of a name from now on fail: it answers `status` and changes nothing.
  ///
  /// `count` calls in a row fail. Throws code `not_found` for a name that no hypercall has.
  public func injectFailure(
    of name: String, status: HypervisorStatus, nth: UInt64 = 1, count: UInt64 = 1,
    domain: DomainID? = nil
  ) throws(MachineError) {
    try checkOpen()
    guard let call = HypercallTable.standard.call(named: name) else {
      throw MachineError(.notFound, "no hypercall is named \(name)", name: "unknown_hypercall")
    }
    guard nth > 0, count > 0 else {
      throw MachineError(
        .invalidArgument, "calls are counted from 1, and at least 1 of them fails")
    }
    if let domain { _ = try record(of: domain) }
    var plan = hypervisor.state.callFaults ?? CallFaultPlan()
    plan.add(
      CallFault(call, status: status, domain: domain, passing: nth - 1, failures: count))
    hypervisor.state.callFaults = plan
  }

  /// Lets a domain crash after so many more steps of the machine, at least 1.
  public func injectCrash(of domain: DomainID, afterSteps count: UInt64) throws(MachineError) {
    try checkOpen()
    _ = try record(of: domain)
    guard count > 0 else {
      throw MachineError(
        .invalidArgument, "a crash after 0 steps: wanted at least 1; use domain:crash() for now")
    }
    let (step, overflow) = software.steps.addingReportingOverflow(count)
    software.crashes.append(PlannedCrash(domain: domain, step: overflow ? .max : step))
  }

  /// Ends all faults; packets that are held back still arrive.
  public func clearFaults() throws(MachineError) {
    try checkOpen()
    hypervisor.state.channelFaults = nil
    hypervisor.state.callFaults = nil
    software.crashes = []
  }

  /// Carries out the crashes whose step has come; a domain that is not running cannot crash.
  func takeCrashes() {
    let steps = software.steps
    let due = software.crashes.filter { $0.step <= steps }
    guard !due.isEmpty else { return }
    software.crashes.removeAll { $0.step <= steps }
    for crash in due where isRunning(crash.domain) { end(crash.domain) }
  }
}
