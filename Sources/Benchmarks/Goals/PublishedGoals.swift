// The goals and the peers' figures of docs/performance.md, by workload and subject: the one place
// that has them.

extension Goal {
  /// The goals of a row, all of which have to be met; empty where it has none.
  public static func goals(workload: String, subject: String) -> [Goal] {
    let refused = workload == "w2-90" ? 18 : 0
    return (published[workload]?[subject] ?? []).map { Goal($0, refused: refused) }
  }

  private static let published: [String: [String: [Limit]]] = [
    "w1": [
      "binned": [.ratio(1.8), .peer(0.9, .iova(3.6, floor: 1.9))],
      "binned+table": [
        .ratio(1.35), .peer(1, .iova(4.9, floor: 3.6)), .peer(0.35, .linux(21, floor: 3.6)),
      ],
    ],
    "w2-50": ["binned": [.ratio(2.8), .peer(0.6, .offsetAllocator(15.3, floor: 3.3))]],
    "w2-90": [
      "binned": [.ratio(4), .peer(0.75, .offsetAllocator(17.9, floor: 3.3)), .bytes(1.5e6)]
    ],
    "w3-seg": [
      "binned": [.ratio(2.3), .peer(0.9, .iova(5.6, floor: 2))],
      "binned+table": [
        .ratio(1.35), .peer(1, .iova(10.4, floor: 7.8)), .peer(0.35, .linux(32, floor: 7.8)),
      ],
    ],
    "w3-list": [
      "binned": [.ratio(7.5), .peer(1.05, .iova(14.2, floor: 1.8))],
      "binned+table": [.ratio(1.12), .peer(1, .iova(138, floor: 124))],
    ],
    "w5-20": ["binned": [.ratio(5), .peer(0.75, .offsetAllocator(22, floor: 3.4))]],
    "w5-22": ["binned": [.ratio(8), .peer(0.65, .offsetAllocator(92, floor: 7.4))]],
    "w5-24": [
      "binned": [
        .ratio(5.5), .peer(0.65, .offsetAllocator(111, floor: 13)), .bytes(5 * 0x1p24),
      ]
    ],
    "tail-w2-90": [
      "binned p99.9": [.nanoseconds(200)], "binned p99.99": [.nanoseconds(400)],
      "binned undisturbed longest": [.nanoseconds(1_000)],
    ],
    "w4-18": translation, "w4-20": translation, "w4-22": translation,
    "driver": [
      "pair 1": [.nanoseconds(100)], "map 64": [.nanoseconds(3)], "unmap 64": [.nanoseconds(3)],
    ],
    "device": [
      "read 1 MiB": [.ratio(1.25)], "write 1 MiB": [.ratio(1.25)],
      "read 64": [.nanoseconds(60)], "write 64": [.nanoseconds(60)],
    ],
    "negotiation": [
      "10 live": [.nanoseconds(3_000)], "1000 live": [.nanoseconds(3_000)],
      "100000 live": [.nanoseconds(3_000)],
    ],
    "boot": ["1000 guests": [.nanoseconds(200e6)]],
    "inspection": ["summary": [.nanoseconds(10e6)], "picture": [.nanoseconds(50e6)]],
    "entries": ["fill": [.ratio(2.7)]],
    // 400 ns and 6 us, where the floor took 56.
    "lua": [
      "map_single": [.ratio(400.0 / 56)],
      "map_sg 128": [.ratio(6_000.0 / 56)], "map_sgtable 128": [.ratio(6_000.0 / 56)],
    ],
    // From the smallest size to the largest. A negotiation is to be flat; the quarter is for caches.
    "growth of window": ["binned w5-24": [.ratio(6)]],
    "growth of grants": ["100000 live": [.ratio(1.25)]],
  ]

  private static let translation: [String: [Limit]] = [
    "series independent": [.ratio(1.5)], "series dependent": [.ratio(1.1)],
  ]
}

extension PeerFigure {
  fileprivate static func iova(_ nanoseconds: Double, floor: Double) -> PeerFigure {
    PeerFigure(name: "Linux iova", nanoseconds: nanoseconds, floor: floor)
  }

  fileprivate static func linux(_ nanoseconds: Double, floor: Double) -> PeerFigure {
    PeerFigure(name: "Linux as shipped", nanoseconds: nanoseconds, floor: floor)
  }

  fileprivate static func offsetAllocator(_ nanoseconds: Double, floor: Double) -> PeerFigure {
    PeerFigure(name: "OffsetAllocator", nanoseconds: nanoseconds, floor: floor)
  }
}
