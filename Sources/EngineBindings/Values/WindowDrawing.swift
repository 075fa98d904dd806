import Charts
import Hypervisor
import Simulation
import Sun4v

/// A window's map with the names that drawings need.
struct WindowDrawing {
  let map: WindowMap
  let title: String
  /// The names of all domains.
  let names: [DomainID: String]
  /// The most rows in characters.
  let rows: Int

  /// The most cells that are counted: as many as SVG shows.
  static let cells = AddressMap.cellsPerRowInSVG * 16

  /// The map in characters.
  func text(on canvas: TextCanvas) -> String {
    addressMap(cellsPerRow: AddressMap.cellsPerRow(on: canvas), rows: rows).text(on: canvas)
  }

  /// The map for an SVG document.
  var figure: AddressMap { addressMap(cellsPerRow: AddressMap.cellsPerRowInSVG, rows: 16) }

  /// The map with so many cells in a row; rows take together as many counted cells as they must.
  private func addressMap(cellsPerRow: Int, rows: Int) -> AddressMap {
    var joined = 1
    while (map.cellCount + joined - 1) / joined > cellsPerRow * max(1, rows) { joined *= 2 }
    let totals = map.totals
    let kinds = totals.map { kind(of: $0.use, pages: $0.pages) }
    let places = Dictionary(
      uniqueKeysWithValues: totals.enumerated().map { ($1.use, $0) })
    let starts = stride(from: 0, to: map.cellCount, by: joined)
    let size = map.pagesPerCell &* UInt64(joined)
    return AddressMap(
      title,
      scale: "a cell is \(Self.count(size, "page")) of \(map.pageSize); amounts are in pages",
      base: map.base.rawValue, cellSize: size << map.pageSize.shift, cellsPerRow: cellsPerRow,
      cells: starts.map { places[map.use(of: $0..<$0 + joined)] ?? 0 }, kinds: kinds,
      notes: stride(from: 0, to: map.cellCount, by: joined * cellsPerRow).map {
        note(on: map.shares(of: $0..<$0 + joined * cellsPerRow))
      })
  }

  static func count(_ number: UInt64, _ noun: String) -> String {
    number == 1 ? "1 \(noun)" : "\(number) \(noun)s"
  }

  /// Which domains hold how many pages of a row.
  private func note(on shares: [WindowMap.Share]) -> String {
    var held: [(domain: DomainID, pages: UInt64)] = []
    for share in shares {
      guard let domain = share.use.domain else { continue }
      if let place = held.firstIndex(where: { $0.domain == domain }) {
        held[place].pages &+= share.pages
      } else {
        held.append((domain, share.pages))
      }
    }
    return held.sorted { $0.domain.rawValue < $1.domain.rawValue }
      .map { "\(name($0.domain)) \($0.pages)" }.joined(separator: ", ")
  }

  private func name(_ domain: DomainID) -> String { names[domain] ?? "\(domain)" }

  private func kind(of use: WindowMap.Use, pages: UInt64) -> AddressMap.Kind {
    let amount = "\(pages)"
    func kind(_ name: String, _ letter: Character, _ look: AddressMap.Look) -> AddressMap.Kind {
      AddressMap.Kind(name, letter: letter, look: look, amount: amount)
    }
    switch use {
    case .privateFree: return kind("private", ".", .quiet)
    case .free: return kind("free", ":", .empty)
    case .carvedOut: return kind("carved out", "%", .mark)
    case .guarding: return kind("guard", "|", .mark)
    case .quarantined: return kind("quarantine", "~", .strongMark)
    case .other: return kind("not its own", ".", .quiet)
    case .held: return kind("changing hands", "?", .strongMark)
    case .granted(let domain):
      return kind("\(name(domain)) granted", Self.letter(domain), .pale(Self.slot(domain)))
    case .privateMapped: return kind("private mapped", "#", .plain)
    case .mapped(let domain):
      return kind(
        "\(name(domain)) mapped", Character(Self.letter(domain).uppercased()),
        .solid(Self.slot(domain)))
    }
  }

  /// The place of a guest among colours and letters: the first guest has the first.
  private static func slot(_ domain: DomainID) -> Int { max(0, domain.rawValue - 1) }

  private static func letter(_ domain: DomainID) -> Character {
    let letters = Array("abcdefghijklmnopqrstuvwxyz")
    return letters[slot(domain) % letters.count]
  }
}
