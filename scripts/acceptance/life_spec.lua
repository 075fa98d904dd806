-- What becomes of grants and mappings when domains end and come back.

local sun4v = require "sun4v"

describe("the end of a domain", function()
  local m, bus, nic, ldg1, ldg2

  before_each(function()
    m = sun4v.machine { seed = 3 }
    bus = m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "16M" } }
    nic = bus:add_function { bdf = "01:00.0", name = "net0" }
    ldg1 = m:add_domain { name = "ldg1", memory = "16M" }
    ldg2 = m:add_domain { name = "ldg2", memory = "16M" }
    m:boot()
  end)

  local function map(domain)
    return domain:map {
      buffer = domain:allocate("8K"), grant = domain:negotiate { pages = 1 }, device = nic,
    }
  end

  for _, how in ipairs { "stop", "crash" } do
    it("takes its mappings and grants with it: " .. how, function()
      local gone, kept = map(ldg1), map(ldg2)
      ldg1[how](ldg1)
      m:run { time = 10000000 }
      assert.is_false(ldg1.running)
      assert.does_not_reach(nic, gone.dva)
      assert.are.equal(8, #nic:read(kept.dva, 8))
      assert.are.equal("released", gone.grant.state)
      assert.are.equal(1, bus.iotsb:usage().granted)
      assert.is_sound(m)
    end)
  end

  it("is not for ever", function()
    ldg1:crash()
    ldg1:reboot()
    local again = map(ldg1)
    nic:write(again.dva, "hello")
    assert.are.equal("hello", again.buffer:read(0, 5))
    assert.is_sound(m)
  end)

  it("of the control domain is survived by the guests", function()
    map(ldg1)
    m:domain("primary"):reboot()
    m:run { time = 5000000000 }
    assert.are.equal(1, ldg2:negotiate({ pages = 1 }).pages)
    assert.is_sound(m)
  end)
end)

describe("a snapshot", function()
  it("brings everything back", function()
    local m = sun4v.machine { seed = 3 }
    m:domain("primary"):add_root_complex { name = "pci@400", window = { size = "16M" } }
    local ldg1 = m:add_domain { name = "ldg1", memory = "16M" }
    m:boot()
    local buffer = ldg1:allocate("8K")
    buffer:write(0, "before")
    local state = m:snapshot()
    buffer:write(0, "after!")
    ldg1:negotiate { pages = 2 }
    m:restore(state)
    assert.are.equal("before", buffer:read(0, 6))
    assert.are.equal(0, #ldg1.grants)
    assert.is_true(m:snapshot():equals(state))
  end)
end)
