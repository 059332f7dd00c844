-- Shows a record to an operator and changes nothing; the store itself does not use it:
--     redis-cli --eval show.lua 'onceguard:charge:tenant-7:order-42'
local record = redis.call('GET', KEYS[1])
if not record then return 'no record' end
local read, version, state, previous, number, token, since, lease_end, owner, fingerprint, rest =
    pcall(struct.unpack, '>c1c1c1I4I8I8I8Bc0Bc0', record)
if not read or version ~= '1' then return 'not a record of version 1' end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local live = redis.call('PTTL', KEYS[1])
local states = {P = 'IN_PROGRESS', R = 'RELEASED', H = 'HELD', C = 'COMPLETED'}
local before = {N = 'NONE', R = 'RELEASED', A = 'ABANDONED', H = 'HELD'}
local function hex(bytes) return (bytes:gsub('.', function(b) return string.format('%02x', b:byte()) end)) end

local lines = {
    'state: ' .. (state == 'P' and lease_end <= now and 'ABANDONED' or states[state] or '?'),
    'attempt number: ' .. number,
    'previous attempt: ' .. (before[previous] or '?'),
    'token: ' .. string.format('%.0f', token),
    'attempt id: ' .. (#owner > 0 and hex(owner) or 'none, resolved by an operator'),
    'fingerprint: ' .. fingerprint:gsub(' .*', '') .. ' ' .. hex(fingerprint:gsub('^[^ ]* ', '')),
    'age: ' .. string.format('%.3f s', (now - since) / 1000000),
    'kept: ' .. (live < 0 and 'for ever' or string.format('%.3f s more', live / 1000)),
}
if state == 'P' then
    table.insert(lines, 'lease left: ' .. string.format('%.3f s', math.max(0, lease_end - now) / 1000000))
elseif state == 'C' then
    local kept = record:sub(rest, rest) == '+'
    table.insert(lines, 'result: ' .. (kept and (#record - rest) .. ' bytes' or 'dropped'))
end
return lines
