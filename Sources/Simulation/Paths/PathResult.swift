import Sun4v

/// What one way took for one number of guests.
public struct PathResult: Hashable, Sendable {
  /// The way.
  public let way: IOPath
  /// The number of guests.
  public let guests: Int
  /// The operations of all guests together.
  public let operations: UInt64
  /// The bytes that devices moved, each of which arrived and was compared.
  public let bytes: UInt64
  /// The control domain's work from the first operation to the last.
  public let control: PathCounts
  /// The guests' work in that time, together.
  public let guest: PathCounts
  /// The control domain's work before it: I/O channels, and the negotiation of grants.
  public let controlSetup: PathCounts
  /// The guests' work before it.
  public let guestSetup: PathCounts
  /// Modelled cycles of the control domain.
  public let controlCycles: Double
  /// Modelled cycles of the guests together.
  public let guestCycles: Double
  /// Modelled cycles of the guest that had most to do.
  public let busiestGuestCycles: Double
  /// Modelled cycles of the control domain before the first operation.
  public let controlSetupCycles: Double
  /// Operations per modelled second.
  ///
  /// The guests' CPUs work side by side, the control domain has one, and whichever has most to do sets
  /// the pace. Devices and buses are never the limit.
  public let throughput: Double

  init(
    way: IOPath, request: PathRequest, guests: Int, setup: PathMeter, run: PathMeter
  ) {
    self.way = way
    self.guests = guests
    operations = UInt64(guests) &* UInt64(request.operations)
    bytes = operations &* request.size
    control = run[Machine.control]
    guest = run.guests
    controlSetup = setup[Machine.control]
    guestSetup = setup.guests
    controlCycles = request.costs.cycles(of: control)
    controlSetupCycles = request.costs.cycles(of: controlSetup)
    let each = run.work.dropFirst().map { request.costs.cycles(of: $0) }
    guestCycles = each.reduce(0, +)
    busiestGuestCycles = each.max() ?? 0
    let busiest = max(controlCycles, busiestGuestCycles)
    throughput = busiest > 0 ? Double(operations) * request.costs.clock / busiest : 0
  }

  /// The control domain's part of all cycles, 0 to 1.
  public var controlShare: Double {
    let all = controlCycles + guestCycles
    return all > 0 ? controlCycles / all : 0
  }
}
