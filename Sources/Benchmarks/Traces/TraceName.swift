/// The traces by name.
public enum TraceName: String, CaseIterable, Hashable, Sendable {
  /// A ring of network buffers.
  case w1
  /// Mixed lengths, half of the window in use.
  case w2Half = "w2-50"
  /// Mixed lengths, nine tenths of the window in use.
  case w2Full = "w2-90"
  /// Scatter lists, one range a segment.
  case w3Segments = "w3-seg"
  /// Scatter lists, one range a list.
  case w3Lists = "w3-list"
  /// As `w2-90` in a window of 2^20 pages.
  case w5Bits20 = "w5-20"
  /// As `w2-90` in a window of 2^22 pages.
  case w5Bits22 = "w5-22"
  /// As `w2-90` in a window of 2^24 pages.
  case w5Bits24 = "w5-24"

  /// Makes the trace; it is always the same.
  public func makeTrace() -> Trace {
    switch self {
    case .w1: .nic(steps: 5_000_000)
    case .w2Half: mixed(bits: 18, percent: 50)
    case .w2Full: mixed(bits: 18, percent: 90)
    case .w3Segments: .scatter(name: rawValue, lists: 20_000, whole: false)
    case .w3Lists: .scatter(name: rawValue, lists: 200_000, whole: true)
    case .w5Bits20: mixed(bits: 20, percent: 90)
    case .w5Bits22: mixed(bits: 22, percent: 90)
    case .w5Bits24: mixed(bits: 24, percent: 90)
    }
  }

  private func mixed(bits: Int, percent: Int) -> Trace {
    .mixed(name: rawValue, windowPages: 1 << bits, percent: percent, timed: 5_000_000)
  }

  /// The published checksum of the trace.
  public var checksum: UInt64 {
    switch self {
    case .w1: 0x9b85_7de4_7133_4025
    case .w2Half: 0x1ed9_2fde_7296_0a14
    case .w2Full: 0xd6ec_70e9_49f4_2e6f
    case .w3Segments: 0x1c98_13be_235e_4325
    case .w3Lists: 0x124f_96ef_cc91_75e5
    case .w5Bits20: 0x88e0_0953_e4d5_f03e
    case .w5Bits22: 0xa670_0969_8f80_c26f
    case .w5Bits24: 0xb824_1aab_1d02_5e4d
    }
  }

  /// The published numbers of slots, setup operations and timed operations.
  public var counts: (slots: Int, setup: Int, timed: Int) {
    switch self {
    case .w1: (4096, 4096, 10_000_000)
    case .w2Half: (17_996, 17_205, 5_000_000)
    case .w2Full: (32_357, 30_783, 5_000_000)
    case .w3Segments: (8192, 8192, 5_120_000)
    case .w3Lists: (64, 64, 400_000)
    case .w5Bits20: (123_993, 123_157, 5_000_000)
    case .w5Bits22: (491_524, 491_505, 5_000_000)
    case .w5Bits24: (1_955_643, 1_952_687, 5_000_000)
    }
  }
}
