-- A guest's direct DMA, from provisioning to release, on every machine model.

local sun4v = require "sun4v"

local function provision(model)
  local m = sun4v.machine { model = model, seed = 42 }
  local bus = m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "64M" } }
  local net0 = bus:add_function { bdf = "01:00.0", name = "net0" }
  local net1 = bus:add_function { bdf = "02:00.0", name = "net1" }
  local ldg1 = m:add_domain { name = "ldg1", memory = "64M" }
  local ldg2 = m:add_domain { name = "ldg2", memory = "64M" }
  m:boot()
  return m, bus, ldg1, ldg2, net0, net1
end

for _, model in ipairs { "t1", "t2", "atu" } do
  describe("direct DMA on " .. model, function()
    local m, bus, ldg1, ldg2, net0, net1

    before_each(function() m, bus, ldg1, ldg2, net0, net1 = provision(model) end)
    after_each(function() assert.is_sound(m) end)

    it("moves bytes both ways without the control domain", function()
      local grant, buffer = ldg1:negotiate { pages = 4 }, ldg1:allocate("32K")
      local map = ldg1:map { buffer = buffer, grant = grant, device = net0 }
      assert.maps_to(bus, map.dva, buffer)
      local calls = m:stats().steps
      buffer:write(100, "from the guest")
      assert.are.equal("from the guest", net0:read(map.dva + 100, 14))
      net0:write(map.dva + 20000, "from the device")
      assert.are.equal("from the device", buffer:read(20000, 15))
      assert.are.equal(calls, m:stats().steps)
    end)

    it("gives every guest a range of its own, inside the reserved one", function()
      local first, second = ldg1:negotiate { pages = 100 }, ldg2:negotiate { pages = 100 }
      for _, grant in ipairs { first, second } do
        assert.is_true(sun4v.u64.in_range(grant.dva, bus.reserved.base, bus.reserved.size))
      end
      assert.is_true(first.dva + first.size <= second.dva or second.dva + second.size <= first.dva)
    end)

    it("honours alignment", function()
      ldg1:negotiate { pages = 1 }
      local grant = ldg1:negotiate { pages = 3, align = "1M" }
      assert.are.equal(0, grant.dva % sun4v.size("1M"))
    end)

    it("keeps a device out of what is not mapped", function()
      local grant = ldg1:negotiate { pages = 1 }
      assert.faults_with(function() net0:read(grant.dva, 8) end)
      assert.are.equal(1, #ldg1:faults())
      assert.are.equal(0, #ldg2:faults())
    end)

    it("enforces the direction of writes", function()
      local map = ldg1:map {
        buffer = ldg1:allocate("8K"), grant = ldg1:negotiate { pages = 1 },
        direction = "to_device", device = net0,
      }
      assert.reaches(net0, map.dva, "read")
      assert.faults_with(function() net0:write(map.dva, "x") end, "TTE_PRT")
    end)

    it("lets nobody map in another's grant", function()
      local grant = ldg1:negotiate { pages = 1 }
      local buffer = ldg2:allocate("8K")
      assert.refuses_with(function()
        ldg2:map { buffer = buffer, dva = grant.dva }
      end, "hypercall")
      assert.does_not_map_to(bus, grant.dva)
    end)

    it("leaves nothing behind", function()
      local grant, buffer = ldg1:negotiate { pages = 4 }, ldg1:allocate("32K")
      local map = ldg1:map { buffer = buffer, grant = grant, device = net1 }
      map:unmap()
      grant:release()
      buffer:free()
      assert.are.equal("released", grant.state)
      assert.no_leaks(m)
      assert.does_not_reach(net1, map.dva)
    end)
  end)
end
