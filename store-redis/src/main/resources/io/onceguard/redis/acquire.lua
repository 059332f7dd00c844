-- Asks for the lease of a record.
-- KEYS[1] record   ARGV[1] attempt id   ARGV[2] fingerprint   ARGV[3] lease in microseconds
-- ARGV[4] life of the record in milliseconds   ARGV[5] leave to take over: N(ever), F(ingerprint), T(oken)
-- ARGV[6] the token of the leave
-- Returns {1, record} to an attempt that holds the lease; else {0, record, now, milliseconds to live}.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local number, token, since, previous = 1, now, now, 'N'

local record = redis.call('GET', KEYS[1])
if record then
    local read, version, state, before, count, last, from, lease_end, owner, fingerprint =
        pcall(struct.unpack, '>c1c1c1I4I8I8I8Bc0Bc0', record)
    if not read or version ~= '1' then return redis.error_reply('UNREADABLE record') end
    if state == 'P' and lease_end <= now then state = 'A' end

    local leave = ARGV[5] == 'F' and fingerprint == ARGV[2] or ARGV[5] == 'T' and last == tonumber(ARGV[6])
    if owner == ARGV[1] and (state == 'P' or state == 'A') then
        -- its own lease: starts anew, and nothing else changes
        number, token, since, previous = count, last, from, before
    elseif owner ~= ARGV[1] and (state == 'R' or (state == 'A' or state == 'H') and leave) then
        number, token, previous = count + 1, math.max(last + 1, now), state
    else
        return {0, record, now, redis.call('PTTL', KEYS[1])}
    end
end

record = struct.pack('>c1c1c1I4I8I8I8Bc0Bc0', '1', 'P', previous, number, token, since, now + tonumber(ARGV[3]),
    #ARGV[1], ARGV[1], #ARGV[2], ARGV[2])
redis.call('SET', KEYS[1], record, 'PX', ARGV[4])
return {1, record}
