-- Completes an abandoned or held record in the name of an operator. It then is no attempt's.
-- KEYS[1] record   ARGV[1] the token that the operator saw   ARGV[2] result
-- ARGV[3] life of the record in milliseconds, 0: for ever   ARGV[4] channel of those who wait, if they are told
-- Returns 1, or 0 if the record is gone, has another token, or is neither abandoned nor held.
local record = redis.call('GET', KEYS[1])
if not record then return 0 end
local read, version, state, previous, number, token, _, lease_end, _, fingerprint =
    pcall(struct.unpack, '>c1c1c1I4I8I8I8Bc0Bc0', record)
if not read or version ~= '1' then return redis.error_reply('UNREADABLE record') end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local abandoned = state == 'P' and lease_end <= now
if token ~= tonumber(ARGV[1]) or not (abandoned or state == 'H') then return 0 end

local ends = ARGV[3] == '0' and now or now - now % 1000 + ARGV[3] * 1000
record = struct.pack('>c1c1c1I4I8I8I8Bc0Bc0', '1', 'C', previous, number, token, now, ends,
    0, '', #fingerprint, fingerprint) .. ARGV[2]
if ARGV[3] == '0' then
    redis.call('SET', KEYS[1], record)
else
    redis.call('SET', KEYS[1], record, 'PX', ARGV[3])
end
if ARGV[4] then redis.pcall('PUBLISH', ARGV[4], '') end
return 1
