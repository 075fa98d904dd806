import Foundation
import MachineDescription
import Sun4v
import TestSupport

/// The real descriptions beside the checkout.
enum RealFile: String, CaseIterable {
  case oneUp = "1up-md"
  case oneUpHypervisor = "1up-hv"
  case twoStrands = "1g2p-md"
  case twoStrandsHypervisor = "1g2p-hv"
  case pcie = "pciex-md"
  case pcieHypervisor = "pciex-hv"

  private var folder: URL { Repository.shared.appending(path: "data/md") }

  func bytes() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: "\(rawValue).bin")))
  }

  func json() throws -> String {
    try String(contentsOf: folder.appending(path: "\(rawValue).json"), encoding: .utf8)
  }

  func description() throws -> MachineDescription { try MachineDescription(bytes: bytes()) }
}

enum Fixture {
  /// A small description of our own with one of everything.
  static func small() -> MachineDescription {
    var description = MachineDescription()
    let root = description.addNode("root")
    description.add("content-version", "1.0", to: root)
    let memory = description.addNode("memory")
    description.join(root, memory)
    let block = description.addNode("mblock")
    description.add("base", 0x8000_0000, to: block)
    description.add("size", 0x1000_0000, to: block)
    description.join(memory, block)
    let platform = description.addNode("platform")
    description.add("banner-name", "A machine", to: platform)
    description.add("name", "SUNW,machine", to: platform)
    description.add("stick-frequency", 100_000_000, to: platform)
    description.add("features", strings: ["one", "two"], to: platform)
    description.join(root, platform)
    return description
  }

  /// A description of random nodes, values and arcs.
  static func random(using generator: inout SeededGenerator) -> MachineDescription {
    let names = [
      "fwd", "back", "id", "name", "node", "64bit", "a.b", "#x", "q?", "include", "caf\u{e9}",
    ]
    var description = MachineDescription()
    let count = 1 + Int(generator.below(6))
    for position in 0..<count {
      description.addNode(position == 0 ? "root" : names[Int(generator.below(11))])
    }
    for position in 0..<count {
      for _ in 0..<generator.below(6) {
        let value: MachineDescription.Value
        switch generator.below(6) {
        case 0: value = .integer(generator.next() >> UInt64(generator.below(64)))
        case 1: value = .string(text(using: &generator))
        case 2: value = .data((0..<generator.below(20)).map { _ in UInt8(generator.below(256)) })
        case 3: value = .data(words: (0..<generator.below(4)).map { _ in generator.next() })
        case 4:
          value = .data(strings: (0..<generator.below(4)).map { _ in text(using: &generator) })
        default: value = .arc(.init(Int(generator.below(UInt32(count)))))
        }
        description.add(names[Int(generator.below(11))], value, to: .init(position))
      }
    }
    return description
  }

  private static func text(using generator: inout SeededGenerator) -> String {
    let characters = Array("ab 0\"\\\n\t{};\u{7f}\u{e9}\u{1}#/*")
    return String(
      (0..<generator.below(8)).map { _ in characters[Int(generator.below(UInt32(characters.count)))]
      })
  }
}

extension Array where Element == UInt8 {
  /// The bytes with a few changed, inserted, removed or cut off.
  func mutated(using generator: inout SeededGenerator) -> [UInt8] {
    var bytes = self
    for _ in 0...generator.below(3) where !bytes.isEmpty {
      let place = Int(generator.below(UInt32(bytes.count)))
      switch generator.below(6) {
      case 0: bytes[place] = UInt8(generator.below(256))
      case 1: bytes[place] ^= 1 << generator.below(8)
      case 2: bytes.remove(at: place)
      case 3: bytes.insert(UInt8(generator.below(256)), at: place)
      case 4: bytes.removeLast(Int(generator.below(40)) % bytes.count)
      default:
        let other = Int(generator.below(UInt32(bytes.count)))
        for offset in 0..<16 where place + offset < bytes.count && other + offset < bytes.count {
          bytes[place + offset] = bytes[other + offset]
        }
      }
    }
    return bytes
  }
}
