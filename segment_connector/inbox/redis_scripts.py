"""What Redis does as a whole for an inbox: scripts in Lua, by name. The prefix of all keys is the first key of each."""

from __future__ import annotations

_COMMON = """
local p = KEYS[1]
local function item_key(number) return p .. 'item:' .. number end
local function set_key(status, registration) return p .. 'items:' .. status .. ':' .. registration end
local function known_key(status, registration)
  return p .. (status == 'refused' and 'known_refused:' or 'known:') .. registration
end
local function revise() redis.call('INCR', p .. 'revision') end
local function move(number, status)
  local before, registration = unpack(redis.call('HMGET', item_key(number), 'status', 'registration'))
  if not before then return false end
  redis.call('ZREM', set_key(before, registration), number)
  redis.call('ZADD', set_key(status, registration), number, number)
  redis.call('HSET', item_key(number), 'status', status)
  return true
end
local function is_free(registration, job, owner, gone, now)
  local key = p .. 'leases:' .. registration
  local holder, till = unpack(redis.call('HMGET', key, job .. ' owner', job .. ' until'))
  return not holder or holder == owner or holder == gone or tonumber(till) <= tonumber(now)
end
local function lend(registration, job, owner, till)
  redis.call('HSET', p .. 'leases:' .. registration, job .. ' owner', owner, job .. ' until', till)
end
local function rows(numbers)
  local found = {}
  for _, number in ipairs(numbers) do
    local row = redis.call('HMGET', item_key(number), 'registration', 'item', 'status', 'received', 'tries',
      'refusals', 'next_try', 'reason')
    table.insert(row, 1, number)
    found[#found + 1] = row
  end
  return found
end
"""

_TEXTS = {
    "save": """
local id, data, state, with_state = unpack(ARGV)
local key = p .. 'registration:' .. id
local is_new = redis.call('EXISTS', key) == 0
redis.call('HSET', key, 'data', data)
if is_new then redis.call('ZADD', p .. 'places', redis.call('INCR', p .. 'place'), id) end
if is_new or with_state == '1' then redis.call('HSET', key, 'state', state) end
revise()
""",
    "change": """
local id, before, after = unpack(ARGV)
local key = p .. 'registration:' .. id
if redis.call('HGET', key, 'data') ~= before then return 0 end
redis.call('HSET', key, 'data', after)
revise()
return 1
""",
    "registrations": """
local found = {}
for _, id in ipairs(redis.call('ZRANGE', p .. 'places', 0, -1)) do
  found[#found + 1] = redis.call('HMGET', p .. 'registration:' .. id, 'data', 'state')
end
return found
""",
    "remove": """
local id = ARGV[1]
for _, number in ipairs(redis.call('ZRANGE', set_key('all', id), 0, -1)) do redis.call('DEL', item_key(number)) end
for _, status in ipairs({'all', 'waiting', 'done', 'dead', 'refused'}) do redis.call('DEL', set_key(status, id)) end
redis.call('DEL', p .. 'registration:' .. id, p .. 'leases:' .. id, known_key('', id), known_key('refused', id))
redis.call('ZREM', p .. 'places', id)
revise()
""",
    "add": """
local registration, received, state, keep_items, keep_ids = unpack(ARGV, 1, 5)
if redis.call('EXISTS', p .. 'registration:' .. registration) == 0 then return -1 end
local new = 0
for at = 6, #ARGV, 4 do
  local id, status, text, reason = unpack(ARGV, at, at + 3)
  local known = known_key(status, registration)
  -- What was refused may be told again with a proof, so it is known apart.
  if not redis.call('ZSCORE', known, id) then
    local number = redis.call('INCR', p .. 'number')
    redis.call('HSET', item_key(number), 'registration', registration, 'id', id, 'item', text, 'status', status,
      'received', received, 'tries', 0, 'refusals', 0, 'next_try', 0, 'reason', reason)
    redis.call('ZADD', set_key('all', registration), number, number)
    redis.call('ZADD', set_key(status, registration), number, number)
    redis.call('ZADD', known, number, id)
    if status ~= 'refused' then new = new + 1 end
  end
end
if state ~= '' then redis.call('HSET', p .. 'registration:' .. registration, 'state', state) end
for _, status in ipairs({'', 'refused'}) do
  redis.call('ZREMRANGEBYRANK', known_key(status, registration), 0, -keep_ids - 1)
end
local past, count = {'done', 'dead', 'refused'}, 0
for _, status in ipairs(past) do count = count + redis.call('ZCARD', set_key(status, registration)) end
for _ = 1, count - keep_items do
  local oldest, of
  for _, status in ipairs(past) do
    local first = tonumber(redis.call('ZRANGE', set_key(status, registration), 0, 0)[1])
    if first and (not oldest or first < oldest) then oldest, of = first, status end
  end
  redis.call('ZREM', set_key(of, registration), oldest)
  redis.call('ZREM', set_key('all', registration), oldest)
  redis.call('DEL', item_key(oldest))
end
return new
""",
    "waiting": """
local registration, limit, owner, gone, now, till = unpack(ARGV)
local numbers = redis.call('ZRANGE', set_key('waiting', registration), 0, limit - 1)
if #numbers == 0 then return {} end
if not is_free(registration, 'hand_on', owner, gone, now) then return {} end
if tonumber(redis.call('HGET', item_key(numbers[1]), 'next_try')) > tonumber(now) then return {} end
lend(registration, 'hand_on', owner, till)
return rows(numbers)
""",
    "lend": """
local registration, job, owner, gone, now, till = unpack(ARGV)
if not is_free(registration, job, owner, gone, now) then return 0 end
lend(registration, job, owner, till)
return 1
""",
    "release": """
local registration, job, owner = unpack(ARGV)
local key = p .. 'leases:' .. registration
if redis.call('HGET', key, job .. ' owner') == owner then redis.call('HDEL', key, job .. ' owner', job .. ' until') end
""",
    "done": """
for _, number in ipairs(ARGV) do
  if move(number, 'done') then
    redis.call('HINCRBY', item_key(number), 'tries', 1)
    redis.call('HSET', item_key(number), 'reason', '')
  end
end
""",
    "failed": """
local number, reason, status, next_try, refused = unpack(ARGV)
if move(number, status) then
  redis.call('HINCRBY', item_key(number), 'refusals', refused)
  redis.call('HINCRBY', item_key(number), 'tries', 1)
  redis.call('HSET', item_key(number), 'reason', reason, 'next_try', next_try)
end
""",
    "entries": """
local registration, after, limit, status = unpack(ARGV)
local key = set_key(status == '' and 'all' or status, registration)
return rows(redis.call('ZRANGEBYSCORE', key, '(' .. after, '+inf', 'LIMIT', 0, limit))
""",
    "newest": """
local registration, limit, status = unpack(ARGV)
return rows(redis.call('ZREVRANGE', set_key(status == '' and 'all' or status, registration), 0, limit - 1))
""",
    "put_back": """
local registration, status, all = unpack(ARGV, 1, 3)
local numbers = {}
if all == '1' then numbers = redis.call('ZRANGE', set_key(status, registration), 0, -1)
else for at = 4, #ARGV do numbers[#numbers + 1] = ARGV[at] end end
local count = 0
for _, number in ipairs(numbers) do
  if redis.call('ZSCORE', set_key(status, registration), number) then
    local id, known, again = redis.call('HGET', item_key(number), 'id'), known_key('', registration), true
    if status == 'refused' then
      again = not redis.call('ZSCORE', known, id)  -- else it came again, with a proof
      if again then redis.call('ZADD', known, number, id) end
    end
    if again then
      move(number, 'waiting')
      redis.call('HSET', item_key(number), 'tries', 0, 'refusals', 0, 'next_try', 0, 'reason', '')
      count = count + 1
    end
  end
end
return count
""",
    "counts": """
local registration, found = ARGV[1], {}
for at = 2, #ARGV do found[#found + 1] = redis.call('ZCARD', set_key(ARGV[at], registration)) end
local first = redis.call('ZRANGE', set_key('waiting', registration), 0, 0)[1]
found[#found + 1] = first and redis.call('HGET', item_key(first), 'received') or ''
return found
""",
}

SCRIPTS = {name: _COMMON + text for name, text in _TEXTS.items()}
"""The scripts; their arguments stand in the first line of each."""
