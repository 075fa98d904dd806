import MachineDescription
import Sun4v

/// Runs the vectors of the machine description's binary form.
struct MachineDescriptionVectors: VectorRunner {
  private static let operations: Set<String> = [
    "parse", "header", "element_key", "encode_element", "names", "name_length", "build",
    "mach_desc",
  ]

  func accepts(_ vector: VectorCase) -> Bool {
    vector.operation.map(Self.operations.contains) ?? false
  }

  func run(_ vector: VectorCase) throws -> JSONValue {
    let input = try vector.fields.object("input")
    switch try input.string("op") {
    case "parse": return parse(try input.bytes("hex"))
    case "header": return try header(try input.bytes("hex"))
    case "element_key": return try elementKey(input)
    case "encode_element": return try encodeElement(input)
    case "names":
      let names = try input.strings("names")
      return ["legal": .array(names.map { .bool(MachineDescription.isLegalName($0)) })]
    case "name_length":
      let lengths = try input.numbers("lengths").map { Int(clamping: $0) }
      return [
        "legal": .array(
          lengths.map { length in
            let tooLong = MachineDescription.longestName + 1
            let name = String(repeating: "n", count: min(length, tooLong))
            return .bool(MachineDescription.isLegalName(name))
          })
      ]
    case "build": return try build(input)
    case "mach_desc":
      let answer = MachineDescriptionDelivery(
        descriptionSize: try input.number("md_size"),
        buffer: RealAddress(try input.number("buffer")), length: try input.number("length"))
      var result: [String: JSONValue] = ["status": .string(answer.status.name)]
      if let size = answer.size { result["ret1"] = .unsigned(size) }
      return .object(result)
    case let other: throw VectorError("input.op: \(other) is no operation on descriptions")
    }
  }

  private func parse(_ bytes: [UInt8]) -> JSONValue {
    do {
      let decoded = try DecodedMachineDescription(bytes: bytes)
      return .object(summary(of: decoded))
    } catch {
      return [
        "ok": false,
        "reason": .string(error.code.split(separator: "-").joined(separator: " ")),
      ]
    }
  }

  private func summary(of decoded: DecodedMachineDescription) -> [String: JSONValue] {
    let graph = decoded.description
    let header = decoded.layout.header
    var counts: [String: Int64] = [:]
    var stringArrays: [String: JSONValue] = [:]
    for view in graph.views {
      counts[view.type, default: 0] += 1
      for property in view.properties where property.value.bytes != nil {
        guard let strings = property.value.strings else { continue }
        stringArrays[property.name] = .array(strings.map { .string($0) })
      }
    }
    let blocks = graph.nodes(ofType: "mblock").map { block -> JSONValue in
      [
        "base": .unsigned(block.integer("base") ?? 0),
        "size": .unsigned(block.integer("size") ?? 0),
      ]
    }
    var result: [String: JSONValue] = [
      "ok": true,
      "transport": .array([
        .unsigned(UInt64(header.transportMajor)), .unsigned(UInt64(header.transportMinor)),
      ]),
      "list_end_index": .integer(Int64(decoded.layout.listEndElement)),
      "nodes": .array(graph.views.map { node($0, in: decoded.layout) }),
      "count": .object(counts.mapValues { .integer($0) }),
      "memory": .array(blocks),
      "string_array": .object(stringArrays),
      "strict_size_rule_violated": .bool(
        [header.nodeBlockSize, header.nameBlockSize, header.dataBlockSize].contains {
          $0 % 16 != 0
        }),
    ]
    let window = graph.nodes(ofType: "iodevice").compactMap { $0.words("virtual-dma") }.first
    if let window, window.count == 2 {
      result["virtual_dma"] = ["base": .unsigned(window[0]), "size": .unsigned(window[1])]
    }
    return result
  }

  private func node(
    _ view: MachineDescription.NodeView, in layout: BinaryLayout
  ) -> JSONValue {
    let properties = view.properties.map { property -> JSONValue in
      let (tag, value): (ElementTag, JSONValue) =
        switch property.value {
        case .integer(let number): (.value, .unsigned(number))
        case .string(let text): (.string, .string(text))
        case .data(let bytes): (.data, .string(bytes.hexadecimalDigits))
        case .arc(let target):
          (.arc, .integer(Int64(layout.nodeElements[target.position])))
        }
      return [
        "name": .string(property.name), "tag": .string(tag.specificationName), "value": value,
      ]
    }
    return [
      "index": .integer(Int64(layout.nodeElements[view.id.position])), "name": .string(view.type),
      "props": .array(properties),
    ]
  }

  private func header(_ bytes: [UInt8]) throws -> JSONValue {
    guard let header = BinaryHeader(bytes) else {
      throw VectorError("input.hex: a header has 16 bytes, not \(bytes.count)")
    }
    return [
      "transport_major": .unsigned(UInt64(header.transportMajor)),
      "transport_minor": .unsigned(UInt64(header.transportMinor)),
      "node_blk_offset": .integer(Int64(header.nodeBlockOffset)),
      "name_blk_offset": .integer(Int64(header.nameBlockOffset)),
      "data_blk_offset": .integer(Int64(header.dataBlockOffset)),
      "total": .integer(Int64(header.total)),
    ]
  }

  private func tag(_ input: VectorFields) throws -> ElementTag {
    let name = try input.string("tag")
    guard let tag = ElementTag(specificationName: name) else {
      throw VectorError("\(input.path).tag: \(name) is no element tag")
    }
    return tag
  }

  private func elementKey(_ input: VectorFields) throws -> JSONValue {
    let tag = try tag(input)
    let name = try input.string("name")
    let decoded: DecodedMachineDescription
    do {
      decoded = try DecodedMachineDescription(bytes: try input.bytes("hex"))
    } catch let error as BinaryReadError {
      throw VectorError("input.hex: \(error.description)")
    }
    guard let found = decoded.firstElement(tag: tag, name: name) else {
      throw VectorError("input.hex has no \(tag.specificationName) named \(name)")
    }
    return ["key": .unsigned(found.element.searchKey), "index": .integer(Int64(found.index))]
  }

  private func encodeElement(_ input: VectorFields) throws -> JSONValue {
    let tag = try tag(input)
    guard let nameLength = UInt8(exactly: try input.number("name_len")),
      let nameOffset = UInt32(exactly: try input.number("name_offset"))
    else { throw VectorError("input: name_len has 8 bits and name_offset 32") }
    let element: Element
    if input.has("data_len") || input.has("data_offset") {
      guard let length = UInt32(exactly: try input.number("data_len")),
        let offset = UInt32(exactly: try input.number("data_offset"))
      else { throw VectorError("input: data_len and data_offset have 32 bits") }
      element = Element(
        tag: tag, nameLength: nameLength, nameOffset: nameOffset, dataLength: length,
        dataOffset: offset)
    } else {
      element = Element(
        tag: tag, nameLength: nameLength, nameOffset: nameOffset,
        value: try input.number("value"))
    }
    return ["hex": .string(element.bytes.hexadecimalDigits)]
  }

  private func build(_ input: VectorFields) throws -> JSONValue {
    var description = MachineDescription()
    for node in try input.objects("nodes") {
      let id = description.addNode(try node.string("name"))
      for property in try node.objects("props") {
        description.add(try property.string("name"), try value(property), to: id)
      }
    }
    let decoded: DecodedMachineDescription
    do {
      decoded = try DecodedMachineDescription(bytes: try description.encoded())
    } catch let error as BinaryWriteError {
      throw VectorError("input.nodes: \(error.description)")
    }
    let header = decoded.layout.header
    let names = decoded.bytes[header.nameBlockOffset..<header.dataBlockOffset]
    return [
      "distinct_names": .array(
        names.split(separator: 0).map { .string(String(decoding: $0, as: UTF8.self)) }),
      "name_blk_sz_multiple_of": .integer(header.nameBlockSize % 16 == 0 ? 16 : 1),
      "node_links": .array(decoded.layout.nodeLinks.map { .unsigned($0) }),
      "list_end_index": .integer(Int64(decoded.layout.listEndElement)),
    ]
  }

  private func value(_ property: VectorFields) throws -> MachineDescription.Value {
    switch try tag(property) {
    case .value: return .integer(try property.number("value"))
    case .string: return .string(try property.string("value"))
    case .data: return .data(try property.bytes("value"))
    case .arc:
      let target = try property.number("value")
      return .arc(.init(Int(clamping: target)))
    default: throw VectorError("\(property.path).tag: not a property")
    }
  }
}
