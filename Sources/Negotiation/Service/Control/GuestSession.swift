import Sun4v

/// What the control domain keeps of one guest.
///
/// Answers are kept from the moment they are sent until the guest says, by the number of its oldest
/// open request, that it has them; a request that comes again meanwhile gets the same answer, and one
/// below that number is never carried out. So no message, however often or late it comes, allocates
/// twice.
struct GuestSession: Hashable, Sendable {
  var peer: GuestPeer
  /// Whether the service is registered.
  var isRegistered = false
  /// The guest's incarnation, from its first INFO.
  var generation: UInt64?
  /// The root complexes on which INFO agreed since the service was registered.
  var agreed: [DeviceHandle] = []
  /// Every request below this one has its answer.
  var oldestOpen = RequestID(0)
  /// The answers that the guest may not have.
  var answers = KeptAnswers()
  /// The number of the last QUERY of a renewal that was carried out.
  var renewal = RequestID(0)
  /// The grants that the parts of a renewal have listed so far.
  var listed: Set<GrantID> = []
  /// The grants made so far, where grants are numbered by guest.
  var grantsMade: UInt64 = 0

  init(peer: GuestPeer) { self.peer = peer }

  /// Takes note of the guest's oldest open request.
  mutating func advance(to oldest: RequestID) {
    guard oldest > oldestOpen else { return }
    oldestOpen = oldest
    answers.drop(below: oldest)
  }

  /// Forgets everything of an earlier incarnation; `nil` where the next one is not known yet.
  mutating func beginIncarnation(_ generation: UInt64?) {
    self.generation = generation
    oldestOpen = RequestID(0)
    answers = KeptAnswers()
    renewal = RequestID(0)
    listed = []
  }

  /// The service is no longer registered.
  mutating func disconnect() {
    isRegistered = false
    agreed = []
    listed = []
  }
}
