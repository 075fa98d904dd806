-- The three ways by which a guest's I/O reaches a device, compared: proxied, shared and direct.
-- Run it with: scripts/dvmash scripts/compare_paths.lua [NAME=VALUE]...
--   workload=block_read|net_receive  size=8K  depth=1  operations=16  guests=1,2,4,8,16,32
--   seed=42  negotiate=once|per_operation  model=t1|t2|atu  conforms=deployed|specified
--   chars=utf8|ascii   any cost by its name, such as context_switch=8000
-- docs/paths.md explains the ways and the numbers.

local function usage(text)
  io.stderr:write("compare_paths: ", text, "\n")
  os.exit(64)
end

local options = { operations = 16, guests = { 1, 2, 4, 8, 16, 32 }, seed = 42, costs = {} }
local known = {
  workload = tostring, size = tostring, negotiate = tostring, model = tostring,
  conforms = tostring, depth = math.tointeger, operations = math.tointeger,
  seed = math.tointeger, chars = tostring,
}
local costs = { clock_hz = true }
for _, cost in ipairs(sun4v.path_costs()) do costs[cost.name] = true end
for _, argument in ipairs(arg) do
  local name, value = argument:match("^([%w_]+)=(.+)$")
  if not name then usage("'" .. argument .. "' is not NAME=VALUE") end
  if name == "guests" then
    options.guests = {}
    for number in value:gmatch("[^,]+") do
      local count = math.tointeger(tonumber(number))
      if not count then usage("guests=" .. value .. ": wanted numbers with commas between them") end
      table.insert(options.guests, count)
    end
  elseif costs[name] then
    options.costs[name] = tonumber(value) or usage(argument .. ": wanted a number")
  elseif known[name] then
    local read = known[name]
    options[name] = read == tostring and value or read(tonumber(value))
      or usage(argument .. ": wanted a whole number")
  else
    usage("no option is named '" .. name .. "'; see the head of the script")
  end
end

local chars = options.chars
options.chars = nil
if not chars then
  local locale = os.getenv("LC_ALL")
  if not locale or locale == "" then locale = os.getenv("LC_CTYPE") end
  if not locale or locale == "" then locale = os.getenv("LANG") or "" end
  chars = locale:lower():find("utf%-?8") and "utf8" or "ascii"
end

-- A bar so many cells wide, in eighths of a cell where the terminal can show them.
local function bar(part, width)
  if chars == "ascii" then return ("#"):rep(math.floor(part * width + 0.5)) end
  local eighths = math.floor(part * width * 8 + 0.5)
  local rest = eighths % 8
  return utf8.char(0x2588):rep(eighths // 8) .. (rest > 0 and utf8.char(0x2590 - rest) or "")
end

-- A number in at most six characters.
local function short(number)
  for _, unit in ipairs { { 1e9, 1e9, "G" }, { 1e6, 1e6, "M" }, { 1e4, 1e3, "k" } } do
    local least, divisor, letter = table.unpack(unit)
    if number >= least then return ("%.1f%s"):format(number / divisor, letter) end
  end
  return ("%.0f"):format(number)
end

local results = sun4v.compare_paths(options)
local first = results[1]
print(("%s, %d bytes each, %d operations for each guest, depth %d"):format(
  options.workload or "block_read", first.bytes // first.operations,
  first.operations // first.guests, options.depth or 1))
print()
print("way      guests  hypercalls  packets  interrupts   copied  control cycles   guest cycles"
  .. "  operations/s  control's share")
for _, r in ipairs(results) do
  print(("%-8s %6d %11d %8d %11d %8s %15s %14s %13s %15.0f%%"):format(
    r.way, r.guests, r.hypercalls, r.packets, r.interrupts, short(r.bytes_copied),
    short(r.control.cycles), short(r.guest.cycles), short(r.throughput), 100 * r.control_share))
end

local function chart(title, value)
  local most = 0
  for _, r in ipairs(results) do most = math.max(most, value(r)) end
  print()
  print(title)
  local way
  for _, r in ipairs(results) do
    print(("%-8s %3d  %7s  %s"):format(
      r.way ~= way and r.way or "", r.guests, short(value(r)),
      most > 0 and bar(value(r) / most, 50) or ""))
    way = r.way
  end
end

chart("The control domain's cycles for one operation, by way and number of guests:",
  function(r) return r.control.cycles_per_operation end)
chart("The control domain's cycles in total:", function(r) return r.control.cycles end)

print()
local last = {}
for _, r in ipairs(results) do last[r.way] = r end
for _, way in ipairs { "proxied", "shared", "direct" } do
  local r = last[way]
  print(("%-8s %d guests, %d operations: the control domain made %d hypercalls, %d before"):format(
    way, r.guests, r.operations, r.control.hypercalls, r.control.setup_hypercalls))
end
