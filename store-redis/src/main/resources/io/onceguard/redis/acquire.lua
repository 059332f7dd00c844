-- Asks for the lease of a record.
-- KEYS[1] record   ARGV[1] attempt id and fingerprint, each after its length, as a record has them
-- ARGV[2] lease in microseconds   ARGV[3] life of the record in milliseconds
-- ARGV[4] leave to take over, if there is any: F(ingerprint), or T and the token
-- Returns the time, which is its token, to the first attempt; {1, record} to another one that holds the lease;
-- else {0, record, now}, and for a record that is not completed the milliseconds that it has to live.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local record = redis.call('GET', KEYS[1])
if not record then
    local head = '1PN\0\0\0\1' .. struct.pack('>I8I8I8', now, now, now + ARGV[2])
    redis.call('SET', KEYS[1], head .. ARGV[1], 'PX', ARGV[3])
    return now
end
if string.sub(record, 1, 2) == '1C' then return {0, record, now} end

local read, version, state, before, number, token, since, lease_end, owner, fingerprint =
    pcall(struct.unpack, '>c1c1c1I4I8I8I8Bc0Bc0', record)
if not read or version ~= '1' then return redis.error_reply('UNREADABLE record') end
if state == 'P' and lease_end <= now then state = 'A' end

local attempt, input = struct.unpack('>Bc0Bc0', ARGV[1])
local leave = ARGV[4] and (ARGV[4] == 'F' and input == fingerprint or tonumber(string.sub(ARGV[4], 2)) == token)
if owner == attempt and (state == 'P' or state == 'A') then
    -- its own lease: starts anew, and nothing else changes
    state = before
elseif owner ~= attempt and (state == 'R' or (state == 'A' or state == 'H') and leave) then
    number, token, since = number + 1, math.max(token + 1, now), now
else
    return {0, record, now, redis.call('PTTL', KEYS[1])}
end
record = struct.pack('>c1c1c1I4I8I8I8', '1', 'P', state, number, token, since, now + ARGV[2]) .. ARGV[1]
redis.call('SET', KEYS[1], record, 'PX', ARGV[3])
return {1, record}
