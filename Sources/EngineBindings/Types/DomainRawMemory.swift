import LuaRuntime
import Simulation
import Sun4v

extension EngineBindings {
  /// The domain's own memory by real address, for scripts that make raw hypercalls.
  static func declareRawMemory(_ t: TypeBuilder<DomainObject>) {
    let address = Parameter<UInt64>.address("ra", "The real address")
    let provision = """
      local m = sun4v.machine {}
      m:boot()
      local primary = m:domain("primary")
      local list = primary:allocate("8K")

      """
    let errors = ["invalid_argument: the domain has no such memory, or the address is not aligned"]
    t.method(
      "load", "A 64-bit word of the domain's memory, big endian", address,
      returns: [ResultDescription("word", .integer, "the number")],
      documentation: .init(
        errors: errors, example: provision + "assert(primary:load(list.ra) == 0)",
        seeAlso: ["domain:store", "domain:load_bytes"])
    ) { d, ra -> UInt64 in
      try raising { () throws(MachineError) in
        try d.machine.loadWord(of: d.id, RealAddress(ra))
      }
    }
    t.method(
      "store", "Stores 64-bit words in the domain's memory, big endian, one after the other",
      address, .rest("words", "The numbers"),
      documentation: .init(
        details: "So a list for pci_iommu_map is built: one word for each page, its real address.",
        errors: errors,
        example: provision + "primary:store(list.ra, 0x80000000, 0x80002000)\n"
          + "assert(primary:load(list.ra + 8) == 0x80002000)",
        seeAlso: ["domain:load", "domain:hypercall"])
    ) { d, ra, rest in
      var words: [UInt64] = []
      for (index, value) in rest.values.enumerated() {
        guard let integer = value.exactInteger else {
          throw LuaMismatch.expected("integer as word \(index + 1)", got: value)
        }
        words.append(UInt64(bitPattern: integer))
      }
      try d.owner.perform { () throws(MachineError) in
        try d.machine.storeWords(of: d.id, RealAddress(ra), words)
      }
    }
    t.method(
      "load_bytes", "Bytes of the domain's memory", address,
      Parameter<UInt64>.size("count", "How many"),
      returns: [ResultDescription("bytes", .string, "what is there")],
      documentation: .init(
        errors: errors, example: provision + "assert(#primary:load_bytes(list.ra, 64) == 64)",
        seeAlso: ["domain:store_bytes"])
    ) { d, ra, count -> LuaBytes in
      LuaBytes(
        copying: try raising { () throws(MachineError) in
          try d.machine.loadBytes(of: d.id, RealAddress(ra), count: count)
        })
    }
    t.method(
      "store_bytes", "Stores bytes in the domain's memory", address,
      Parameter<LuaBytes>("bytes", "What to store"),
      documentation: .init(
        errors: errors,
        example: provision + "primary:store_bytes(list.ra, \"abc\")\n"
          + "assert(primary:load_bytes(list.ra, 3) == \"abc\")",
        seeAlso: ["domain:load_bytes"])
    ) { d, ra, bytes in
      try d.owner.perform { () throws(MachineError) in
        try d.machine.storeBytes(of: d.id, RealAddress(ra), bytes.buffer)
      }
    }
  }
}
