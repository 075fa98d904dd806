/// A registration that is asked for or stands.
struct ServiceRegistration: Hashable, Sendable {
  /// The place in the list of services.
  var service: Int
  var handle: ServiceHandle
  /// The version asked for by this end, while it waits for the answer.
  var asked: ProtocolVersion?
  /// The major numbers that this end has asked for so far.
  var askedMajors: [UInt16] = []
  /// The agreed version, once the registration stands.
  var version: ProtocolVersion?

  func registered(in services: [DomainService]) -> RegisteredService? {
    guard let version, services.indices.contains(service) else { return nil }
    let declaration = services[service]
    return RegisteredService(
      id: declaration.id, handle: handle, version: version, side: declaration.side)
  }
}

extension SupportedVersions {
  /// What to ask for after a refusal that offered `major`: that one if it is supported and was not
  /// asked for, else the highest lower than what was asked for last; `nil` ends it.
  func next(
    major: UInt16, after asked: ProtocolVersion, tried: [UInt16]
  ) -> ProtocolVersion? {
    guard major != 0 else { return nil }
    if let offered = version(major: major), !tried.contains(major) { return offered }
    return versions.first { $0.major < asked.major && !tried.contains($0.major) }
  }
}

/// Registration, withdrawal and data of services on a ready connection.
extension DomainServicesPeer {
  /// Declares a service; one that this end registers is registered at once where that can be.
  ///
  /// - Throws: `ServiceSendError` for an id that is none, or is declared already for this side.
  public mutating func declare(
    _ service: DomainService, into effects: inout [DomainServicesEffect]
  ) throws(ServiceSendError) {
    let name = service.id.utf8
    guard !name.isEmpty, name.count < DomainServicesMessage.maximumServiceLength,
      name.allSatisfy({ 0 < $0 && $0 < 0x80 })
    else { throw .badServiceName(service.id) }
    guard !services.contains(where: { $0.id == service.id && $0.side == service.side }) else {
      throw .duplicateService(service.id)
    }
    services.append(service)
    if phase == .ready, service.side == .registersHere {
      register(services.count - 1, into: &effects)
    }
  }

  /// Withdraws the registration of a service, whichever end made it, with DS_UNREG.
  ///
  /// - Throws: `ServiceSendError.unknownHandle`.
  public mutating func unregister(
    _ handle: ServiceHandle, into effects: inout [DomainServicesEffect]
  ) throws(ServiceSendError) {
    guard let index = registeredIndex(handle) else { throw .unknownHandle(handle) }
    remove(index, .withdrawnHere, into: &effects)
    effects.append(.send(DomainServicesMessage.unregister(handle).bytes))
  }

  /// Registers a service of this end again, after it was withdrawn or refused; does nothing where
  /// it is registered or the connection is not ready (it is registered then when it is).
  ///
  /// - Throws: `ServiceSendError.unknownService` when this end declares no such service to register.
  public mutating func registerAgain(
    _ id: String, into effects: inout [DomainServicesEffect]
  ) throws(ServiceSendError) {
    guard let index = services.firstIndex(where: { $0.id == id && $0.side == .registersHere })
    else { throw .unknownService(id) }
    guard phase == .ready, !registrations.contains(where: { $0.service == index }) else { return }
    register(index, into: &effects)
  }

  /// Whether this end waits for an answer: to its opening request, or to a registration; a guest also
  /// where it has been talked out of a connection that it alone opens.
  @inline(__always) public var awaitsAnswer: Bool {
    phase == .initSent || phase == .linkUp && role == .guest
      || registrations.indices.contains { registrations[$0].asked != nil }
  }

  /// Sends a message to a registered service.
  ///
  /// - Throws: `ServiceSendError.unknownHandle` or `tooLong`.
  public func send(
    _ payload: [UInt8], to handle: ServiceHandle, into effects: inout [DomainServicesEffect]
  ) throws(ServiceSendError) {
    try admit(payload.count, to: handle)
    effects.append(.send(DomainServicesMessage.data(handle, payload[...]).bytes))
  }

  /// Whether a message of so many bytes can be sent to a service.
  ///
  /// - Throws: `ServiceSendError.unknownHandle` or `tooLong`.
  @inline(__always) func admit(_ count: Int, to handle: ServiceHandle) throws(ServiceSendError) {
    guard registeredIndex(handle) != nil else { throw .unknownHandle(handle) }
    let limit = maximumDatagram - DomainServicesMessage.dataHeaderLength
    guard count <= limit else { throw .tooLong(count: count, limit: limit) }
  }

  /// Asks the peer to accept a service.
  mutating func register(_ index: Int, into effects: inout [DomainServicesEffect]) {
    guard let highest = services[index].versions.highest else { return }
    ask(ServiceRegistration(service: index, handle: makeHandle()), highest, into: &effects)
  }

  private mutating func ask(
    _ registration: ServiceRegistration, _ version: ProtocolVersion,
    into effects: inout [DomainServicesEffect]
  ) {
    var registration = registration
    registration.asked = version
    registration.askedMajors.append(version.major)
    registrations.append(registration)
    let message = DomainServicesMessage.registerRequest(
      registration.handle, version, service: services[registration.service].id)
    effects.append(.send(message.bytes))
  }

  /// A handle that was not used since the channel came up, and that the other end does not make:
  /// the top bit tells the ends apart.
  private mutating func makeHandle() -> ServiceHandle {
    repeat {
      handlesMade &+= 1
      let side: UInt64 = role == .guest ? 0 : 1 &<< 63
      let handle = ServiceHandle(side | handlesMade)
      if !registrations.contains(where: { $0.handle == handle }) { return handle }
    } while true
  }

  /// A message to a service, on a ready connection.
  @inline(__always)
  mutating func receiveData(
    _ handle: ServiceHandle, _ payload: ArraySlice<UInt8>,
    into effects: inout [DomainServicesEffect]
  ) {
    guard let index = registeredIndex(handle) else {
      effects.append(.send(DomainServicesMessage.nack(handle, .invalidHandle).bytes))
      return
    }
    effects.append(.data(service: services[registrations[index].service].id, handle, payload))
  }

  /// Any other message that belongs to a ready connection.
  mutating func receiveService(
    _ message: DomainServicesMessage, into effects: inout [DomainServicesEffect]
  ) {
    switch message {
    case .registerRequest(let handle, let asked, let id):
      let answer = registrationAsked(handle, asked, id)
      effects.append(.send(answer.bytes))
      if case .registerAck = answer, let index = registeredIndex(handle),
        let service = registrations[index].registered(in: services)
      {
        effects.append(.serviceUp(service))
      }
    case .registerAck(let handle, let minor):
      registrationAccepted(handle, minor: minor, into: &effects)
    case .registerNack(let handle, let result, let major):
      registrationRefused(handle, result, major: major, into: &effects)
    case .unregister(let handle):
      guard let index = registeredIndex(handle) else {
        effects.append(.send(DomainServicesMessage.unregisterNack(handle).bytes))
        return
      }
      remove(index, .withdrawnByPeer, into: &effects)
      effects.append(.send(DomainServicesMessage.unregisterAck(handle).bytes))
    case .nack(let handle, let result):
      effects.append(.dataRefused(handle, result))
      if result == .invalidHandle, let index = registeredIndex(handle) {
        remove(index, .handleRefused, into: &effects)
      }
    case .unregisterAck, .unregisterNack:
      break  // The handle was given up when DS_UNREG was sent.
    case .initRequest, .initAck, .initNack, .data:  // Taken by `receive`.
      effects.append(.ignored(message.type))
    }
  }

  private mutating func registrationAsked(
    _ handle: ServiceHandle, _ asked: ProtocolVersion, _ id: String
  ) -> DomainServicesMessage {
    guard let index = services.firstIndex(where: { $0.id == id && $0.side == .acceptsPeer }) else {
      return .registerNack(handle, .versionRefused, major: 0)
    }
    guard !registrations.contains(where: { $0.service == index }) else {
      return .registerNack(handle, .duplicate, major: 0)
    }
    let versions = services[index].versions
    guard let own = versions.version(major: asked.major) else {
      return .registerNack(
        handle, .versionRefused, major: versions.closestMajor(to: asked.major))
    }
    guard !registrations.contains(where: { $0.handle == handle }) else {
      return .registerNack(handle, .invalidHandle, major: 0)
    }
    registrations.append(
      ServiceRegistration(
        service: index, handle: handle,
        version: ProtocolVersion(asked.major, min(asked.minor, own.minor))))
    return .registerAck(handle, minor: own.minor)
  }

  private mutating func registrationAccepted(
    _ handle: ServiceHandle, minor: UInt16, into effects: inout [DomainServicesEffect]
  ) {
    guard let index = registrations.firstIndex(where: { $0.handle == handle }),
      let asked = registrations[index].asked
    else {
      effects.append(.ignored(.registerAck))
      return
    }
    registrations[index].asked = nil
    registrations[index].askedMajors = []
    registrations[index].version = ProtocolVersion(asked.major, min(asked.minor, minor))
    if let service = registrations[index].registered(in: services) {
      effects.append(.serviceUp(service))
    }
  }

  private mutating func registrationRefused(
    _ handle: ServiceHandle, _ result: DomainServicesResult, major: UInt16,
    into effects: inout [DomainServicesEffect]
  ) {
    guard let index = registrations.firstIndex(where: { $0.handle == handle }),
      let asked = registrations[index].asked
    else {
      effects.append(.ignored(.registerNack))
      return
    }
    var registration = registrations.remove(at: index)
    let service = services[registration.service]
    guard result == .versionRefused,
      let next = service.versions.next(
        major: major, after: asked, tried: registration.askedMajors)
    else {
      effects.append(.registrationRefused(service: service.id, result))
      return
    }
    registration.handle = makeHandle()
    ask(registration, next, into: &effects)
  }

  @inline(__always) private func registeredIndex(_ handle: ServiceHandle) -> Int? {
    // By place: a closure would copy each registration to look at it.
    registrations.indices.first {
      registrations[$0].handle == handle && registrations[$0].version != nil
    }
  }

  private mutating func remove(
    _ index: Int, _ reason: ServiceDownReason, into effects: inout [DomainServicesEffect]
  ) {
    let registration = registrations.remove(at: index)
    if let service = registration.registered(in: services) {
      effects.append(.serviceDown(service, reason))
    }
  }
}
