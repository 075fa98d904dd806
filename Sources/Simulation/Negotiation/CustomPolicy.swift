// Theory of operation
//
// With a policy of somebody's own the control agent stops at every range that it has to place, and offers
// the free runs. The machine asks the policy between two pieces of software, never inside one, and goes
// on with its answer: a page, or nothing to refuse. What the agent does with a bad page is its own affair:
// it denies the request.
//
// A policy that uses the machine it works for is not asked again from inside its own answer.

import Hypervisor
import Negotiation
import Sun4v

extension Machine {
  /// Chooses places by a function instead of a built-in policy, from the boot on.
  ///
  /// The function is given what is wanted and the free runs, and answers with the first page or `nil`.
  /// An error that it throws denies the request and is kept for `takePolicyError`.
  public func choosePlaces(
    by policy: @escaping (PlacementQuestion) throws -> Int?
  ) throws(MachineError) {
    try checkOpen()
    try checkNotBooted("choose the policy")
    placement = policy
    software.hasOwnPolicy = true
  }

  /// Whether the policy threw an error that nobody has taken yet.
  public var hasPolicyError: Bool { policyError != nil }

  /// Takes the last error that the policy threw.
  public func takePolicyError() -> (any Error)? {
    defer { policyError = nil }
    return policyError
  }

  /// Has the policy answer what the control domain's agent asks.
  func answerPlacements() {
    guard !isPlacing else { return }
    isPlacing = true
    defer { isPlacing = false }
    while let question = software.software[Self.control.rawValue].control?.agent.question {
      var page: Int?
      do {
        page = try placement?(question)
      } catch {
        policyError = error
      }
      withSoftware(of: Self.control) { software, port, events in
        software.control?.resume(at: page, port, events: &events)
      }
    }
  }
}
