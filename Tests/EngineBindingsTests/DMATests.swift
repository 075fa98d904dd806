import LuaRuntime
import Testing

/// The DMA API as scripts call it.
@Suite struct DMATests {
  @Test func aMappingReachesTheGuestsMemory() throws {
    let results = try run(
      provision + """
        local dma, buffer = ldg1.dma, ldg1:allocate("32K")
        buffer:write(100, "outgoing")
        local h = dma:map_single(net0, buffer, 100, 8, "to_device")
        local seen = net0:read(h.dva, 8)
        dma:sync(h, "for_device")
        m:check()
        dma:unmap(h)
        local gone = not pcall(net0.read, net0, h.dva, 8)
        m:check()
        local s = dma:stats()
        return seen, h.dva & 8191, h.length, gone, s.maps, s.unmaps, s.live, #ldg1.grants
        """)
    #expect(results == ["outgoing", "100", "8", "true", "1", "1", "0", "1"])
  }

  @Test func theControlDomainMapsInItsPrivatePart() throws {
    let results = try run(
      provision + """
        local buffer = primary:allocate("16K")
        local h = primary.dma:map_sg(net0, { { buffer, 0, 8192 }, { buffer, 8192, 8192 } })
        m:check()
        local n, reserved = #h.segments, bus.reserved.base
        primary.dma:unmap(h)
        primary.dma:trim()
        m:check()
        return n, h.dva < reserved
        """)
    #expect(results == ["1", "true"])
  }

  @Test func aListThatIsKeptIsMappedAgainAndAgain() throws {
    let results = try run(
      provision + """
        local dma, buffer = ldg1.dma, ldg1:allocate("64K")
        local list = { { buffer, 0, 8192 }, { buffer, 16384, 4096 }, { buffer, 40000 } }
        local sgt = dma:sg_table(list)
        list[1] = nil
        local same = true
        for _ = 1, 3 do
          local h = dma:map_sgtable(net0, sgt, "from_device")
          net0:write(h.segments[#h.segments].dva, "arrived")
          same = same and buffer:read(40000, 7) == "arrived" and h.length == 8192 + 4096 + 65536 - 40000
          dma:unmap(h)
          buffer:write(40000, "-------")
        end
        m:check()
        buffer:free()
        local ok, e = pcall(dma.map_sgtable, dma, net0, sgt)
        return #sgt, tostring(sgt), same, ok, e.code
        """)
    #expect(results == ["3", "scatter list of 3 pieces", "true", "false", "stale"])
  }

  @Test func coherentMemoryComesZeroedAndGoesWithItsMapping() throws {
    let results = try run(
      provision + """
        local h = ldg1.dma:alloc_coherent(net0, 5000)
        local text = h.buffer:read(0, 4)
        net0:write(h.dva + 8191, "!")
        local ok, e = pcall(h.buffer.free, h.buffer)
        local last = h.buffer
        ldg1.dma:unmap(h)
        return text == "\\0\\0\\0\\0", h.length, ok, e.code, select(2, pcall(function() return last.size end)).code
        """)
    #expect(results == ["true", "8192", "false", "wrong_state", "stale"])
  }

  @Test func theCacheTakesBatchesAndHits() throws {
    let results = try run(
      provision + """
        local dma, buffer = ldg1.dma, ldg1:allocate("8K")
        dma:cache { batch = 16 }
        local all = {}
        for i = 1, 40 do all[i] = dma:map_single(net0, buffer, 0, 8192) end
        local s = dma:stats()
        local held, misses, grants = s.held_pages, s.misses, #ldg1.grants
        for i = 1, 40 do dma:unmap(all[i]) end
        dma:trim()
        m:run { steps = 100 }
        m:check()
        return held, misses, grants, dma:stats().held_pages, #bus.grants
        """)
    #expect(results == ["48", "3", "3", "0", "0"])
  }

  @Test func withoutTheCacheEachMappingIsNegotiated() throws {
    let results = try run(
      provision + """
        local dma, buffer = ldg1.dma, ldg1:allocate("32K")
        dma:cache { enabled = false }
        local a = dma:map_single(net0, buffer, 0, 20000)
        local b = dma:map_single(net0, buffer, 0, 8192)
        local pages = ldg1.grants[1].pages + ldg1.grants[2].pages
        dma:unmap(a)
        dma:unmap(b)
        m:run { steps = 100 }
        m:check()
        local s = dma:stats()
        return pages, s.misses, s.returned, s.hit_rate, #ldg1.grants
        """)
    #expect(results == ["4", "2", "2", "0.0", "0"])
  }

  @Test func idleSpaceIsGivenBackUnderPressure() throws {
    let results = try run(
      provision + """
        local dma, buffer = ldg1.dma, ldg1:allocate("8M")
        -- 8M of quota are 1024 pages: four batches, idle but kept.
        local all = {}
        for i = 1, 4 do all[i] = dma:map_single(net0, buffer, 0, 256 * 8192) end
        for i = 1, 4 do dma:unmap(all[i]) end
        local idle = dma:stats().idle_pages
        local h = dma:map_single(net0, buffer, 0, 1000 * 8192)
        m:check()
        local s = dma:stats()
        dma:unmap(h)
        return idle, s.returned, s.held_pages
        """)
    #expect(results == ["1024", "4", "1000"])
  }

  @Test func aGrantInTheCacheIsNotReleasedBehindItsBack() throws {
    let results = try run(
      provision + """
        local buffer = ldg1:allocate("8K")
        local h = ldg1.dma:map_single(net0, buffer, 0, 8192)
        local ok, e = pcall(ldg1.grants[1].release, ldg1.grants[1])
        local bad, f = pcall(ldg1.map, ldg1, { buffer = buffer, grant = ldg1.grants[1] })
        m:check()
        return ok, e.code, bad, f.code
        """)
    #expect(results == ["false", "wrong_state", "false", "wrong_state"])
  }

  @Test func aGrantThatIsWantedBackGoesWithItsLastMapping() throws {
    let results = try run(
      provision + """
        local buffer = ldg1:allocate("8K")
        local h = ldg1.dma:map_single(net0, buffer, 0, 8192)
        local grant = ldg1.grants[1]
        grant:revoke { within = 1000000000 }
        m:run { time = 10000000 }
        local asked, kept = grant.state, h.live
        ldg1.dma:unmap(h)
        m:run { time = 10000000 }
        local given = grant.state
        h = ldg1.dma:map_single(net0, buffer, 0, 8192)
        ldg1.grants[1]:revoke { within = 1000 }
        m:run { time = 10000000 }
        m:check()
        return asked, kept, given, h.live, ldg1.dma:stats().lost, #ldg1.grants
        """)
    #expect(results == ["revoking", "true", "released", "false", "1", "0"])
  }

  @Test func snapshotsHoldTheDriver() throws {
    let results = try run(
      provision + """
        local buffer = ldg1:allocate("8K")
        local h = ldg1.dma:map_single(net0, buffer, 0, 8192)
        local s = m:snapshot()
        ldg1.dma:unmap(h)
        local gone = not h.live
        m:restore(s)
        net0:write(h.dva, "x")
        m:check()
        ldg1.dma:unmap(h)
        return gone, select(2, pcall(ldg1.dma.unmap, ldg1.dma, h)).code
        """)
    #expect(results == ["true", "stale"])
  }

  @Test func aDomainThatGoesTakesItsMappingsAlong() throws {
    let results = try run(
      provision + """
        local h = ldg1.dma:map_single(net0, ldg1:allocate("8K"), 0, 8192)
        ldg1:crash()
        m:check()
        ldg1:reboot()
        local again = ldg1.dma:map_single(net0, ldg1:allocate("8K"), 0, 8192)
        m:check()
        return h.live, again.live, select(2, pcall(ldg1.dma.unmap, ldg1.dma, h)).code
        """)
    #expect(results == ["false", "true", "stale"])
  }

  @Test func aWideMaskUsesTheTableWhereTheDomainMaySupplyOne() throws {
    let results = try run(
      """
      local m = sun4v.machine { model = "atu" }
      local primary = m:domain("primary")
      local bus = primary:add_root_complex { name = "pci@400" }
      local nic = bus:add_function { bdf = "01:00.0", name = "net0" }
      local ldg1 = m:add_domain { name = "ldg1" }
      m:boot()
      local own = primary.dma:limits(nic, { mask = 0xffffffffffffffff })
      local theirs = ldg1.dma:limits(nic, { mask = 0xffffffffffffffff })
      local a = primary.dma:map_single(nic, primary:allocate("8K"), 0, 8192)
      local b = ldg1.dma:map_single(nic, ldg1:allocate("8K"), 0, 8192)
      m:check()
      return own.table, theirs.table, theirs.reason ~= nil, a.dva > 0xffffffff, b.dva > 0xffffffff
      """)
    #expect(results == ["true", "false", "true", "true", "false"])
  }

  @Test(arguments: [
    ("ldg1.dma:map_single(net0, buffer, 0, 0)", "invalid_argument"),
    ("ldg1.dma:map_single(net0, buffer, 8192, 1)", "invalid_argument"),
    ("ldg1.dma:map_single(net0, buffer, math.maxinteger, math.maxinteger)", "invalid_argument"),
    ("ldg2.dma:map_single(net0, buffer, 0, 1)", "invalid_argument"),
    ("ldg1.dma:map_sg(net0, {})", "invalid_argument"),
    ("ldg1.dma:map_sg(net0, { { buffer, 0, 0 } })", "invalid_argument"),
    ("ldg1.dma:map_sg(net0, { { buffer, 0, 100 }, { buffer, 50, 100 } })", "invalid_argument"),
    ("ldg1.dma:limits(net0, { mask = 0xffff })", "invalid_argument"),
    ("ldg1.dma:limits(net0, { boundary = 4096 })", "invalid_argument"),
    ("ldg1.dma:cache { batch = 0 }", "invalid_argument"),
    ("ldg1.dma:alloc_coherent(net0, 0)", "invalid_argument"),
    ("ldg1.dma:alloc_coherent(net0, '1T')", "no_memory"),
    ("ldg2.dma:unmap(h)", "invalid_argument"),
    ("ldg1.dma:unmap(h) ldg1.dma:unmap(h)", "stale"),
    ("ldg1.dma:unmap(h) ldg1.dma:sync(h, 'for_cpu')", "stale"),
    ("h:move(0)", "invalid_argument"), ("h:move(2)", "invalid_argument"),
    ("buffer:free()", "wrong_state"),
  ])
  func badInputIsRefused(statement: String, code: String) throws {
    let results = try run(
      provision + """
        local buffer = ldg1:allocate("8K")
        local h = ldg1.dma:map_single(net0, buffer, 0, 8192)
        local ok, e = pcall(function() \(statement) end)
        m:check()
        return ok, type(e) == "table" and e.code or e.code or tostring(e)
        """)
    #expect(results == ["false", code])
  }
}
