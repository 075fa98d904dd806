import Sun4v

/// What decides, before any entry is read, which table translates an access.
///
/// The hypervisor sets it up once; it changes only where a script plays broken hardware.
public struct IOMMUControl: Hashable, Sendable {
  /// TE: whether translation is on.
  public internal(set) var isTranslating = true
  /// Of t2: the IOTSB number of each function, 64 slots for addresses with bit 63 clear, then 64 for
  /// those with it set; the slot is bus number bits 6:1.
  public internal(set) var tableOfBus: [UInt8] =
    Array(repeating: 3, count: 64) + Array(repeating: 8, count: 64)
  /// Of t2: the IOTSB numbers whose descriptors are valid.
  public internal(set) var validTables: Set<UInt8> = [3, 8]

  /// Whether nothing but the addresses decides; kept beside the rest for the one test per access.
  private(set) var isOrdinary = true

  /// The number of the hardware's table for the window.
  static let windowTable: UInt8 = 3
  /// The number of the hardware's table for the upper half of bus addresses.
  static let bypassTable: UInt8 = 8

  /// Changes settings; keeps `isOrdinary` in step.
  mutating func change(_ body: (inout IOMMUControl) -> Void) {
    body(&self)
    let plain = IOMMUControl()
    isOrdinary =
      isTranslating && tableOfBus == plain.tableOfBus && validTables == plain.validTables
  }

  /// The slot of a requester's bus for one half of the bus addresses.
  static func slot(of requester: BusDeviceFunction, upperHalf: Bool) -> Int {
    Int(requester.bus >> 1 & 0x3f) | (upperHalf ? 0x40 : 0)
  }
}

extension HypervisorState {
  /// Turns a root complex's translation off or on; off, every access that is no bypass faults.
  public mutating func setTranslation(_ rootComplex: RootComplexID, isOn: Bool) {
    guard rootComplexes.indices.contains(rootComplex.rawValue) else { return }
    rootComplexes[rootComplex.rawValue].control.change { $0.isTranslating = isOn }
  }

  /// Names another IOTSB for a bus (t2).
  ///
  /// 3 is the window's, 8 the upper half's, the others have no valid descriptor. Numbers above 31 are taken modulo 32, as the register's field is 5 bits wide.
  public mutating func setTable(
    _ rootComplex: RootComplexID, ofBus bus: BusDeviceFunction, upperHalf: Bool, to number: UInt8
  ) {
    guard rootComplexes.indices.contains(rootComplex.rawValue) else { return }
    rootComplexes[rootComplex.rawValue].control.change {
      $0.tableOfBus[IOMMUControl.slot(of: bus, upperHalf: upperHalf)] = number & 31
    }
  }

  /// Makes the descriptor of an IOTSB (t2) valid or not.
  public mutating func setDescriptor(
    _ rootComplex: RootComplexID, ofTable number: UInt8, isValid: Bool
  ) {
    guard rootComplexes.indices.contains(rootComplex.rawValue),
      number == IOMMUControl.windowTable || number == IOMMUControl.bypassTable
    else { return }
    rootComplexes[rootComplex.rawValue].control.change {
      if isValid { $0.validTables.insert(number) } else { $0.validTables.remove(number) }
    }
  }
}
