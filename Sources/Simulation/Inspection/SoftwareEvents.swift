import Channels
import Hypervisor
import Negotiation
import Sun4v

extension SoftwareEvent {
  /// What negotiation reports, as an event of the machine's one stream.
  init(_ event: NegotiationEvent) {
    func guest(_ domain: DomainID) -> Field { Field("guest", UInt64(domain.rawValue)) }
    func grant(_ id: GrantID) -> Field { Field("grant", id.rawValue) }
    func request(_ id: RequestID) -> Field { Field("request", id.rawValue) }
    switch event {
    case .sessionUp(let domain): self.init("session_up", [guest(domain)])
    case .sessionDown(let domain): self.init("session_down", [guest(domain)])
    case .windowMismatch(let domain, let mismatch):
      self.init("window_mismatch", [guest(domain)], message: mismatch.message)
    case .requested(let domain, let id, let wanted):
      self.init("requested", [guest(domain), request(id), Field("pages", wanted.pages)])
    case .granted(let domain, let id, _, let record):
      self.init(
        "grant",
        [
          guest(domain), request(id), grant(record.grant), Field("dva", record.address.rawValue),
          Field("pages", record.pages),
        ])
    case .denied(let domain, let id, let reason):
      self.init("denied", [guest(domain), request(id)], message: reason.message)
    case .released(let domain, let id): self.init("release", [guest(domain), grant(id)])
    case .releaseRefused(let domain, let id, let status):
      self.init(
        "release_refused", [guest(domain), grant(id), Field("status", status.rawValue)],
        message: status.meaning)
    case .revokeAsked(let domain, let id, let deadline):
      self.init("revoke", [guest(domain), grant(id), Field("deadline", deadline.rawValue)])
    case .revoked(let domain, let id, let isForced):
      self.init("revoked", [guest(domain), grant(id), Field("forced", isForced ? 1 : 0)])
    case .reclaimed(let domain, let id): self.init("reclaimed", [guest(domain), grant(id)])
    case .reclaimRefused(let domain, let id, let status):
      self.init(
        "reclaim_refused", [guest(domain), grant(id), Field("status", status.rawValue)],
        message: status.meaning)
    case .lost(let domain, let id): self.init("lost", [guest(domain), grant(id)])
    case .timedOut(let domain, let id): self.init("timed_out", [guest(domain), request(id)])
    case .malformed(let domain, let error):
      self.init("malformed", [guest(domain)], message: error.message)
    case .damaged(let domain, let error):
      self.init("damaged", [guest(domain)], message: error.message)
    case .connectionClosed(let domain, let fault):
      self.init("connection_closed", [guest(domain)], message: fault.description)
    case .serviceRefused(let domain): self.init("service_refused", [guest(domain)])
    case .refusedByPeer(let domain, let id, let code):
      self.init("refused_by_peer", [guest(domain), request(id)], message: code.name)
    }
  }
}
