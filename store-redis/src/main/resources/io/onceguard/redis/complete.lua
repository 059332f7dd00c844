-- Completes the record of an attempt, whether its lease ended or not.
-- KEYS[1] record   ARGV[1] attempt id   ARGV[2] result   ARGV[3] life of the record in milliseconds, 0: for ever
-- ARGV[4] channel of those who wait, if they are told
-- Returns 1, also to the attempt that completed it already; 0 if the record is not this attempt's.
local record = redis.call('GET', KEYS[1])
if not record then return 0 end
local read, version, state, previous, number, token, _, _, owner, fingerprint =
    pcall(struct.unpack, '>c1c1c1I4I8I8I8Bc0Bc0', record)
if not read or version ~= '1' then return redis.error_reply('UNREADABLE record') end
if owner ~= ARGV[1] then return 0 end
if state == 'C' then return 1 end
if state ~= 'P' then return 0 end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
record = struct.pack('>c1c1c1I4I8I8I8Bc0Bc0', '1', 'C', previous, number, token, now, now,
    #owner, owner, #fingerprint, fingerprint) .. ARGV[2]
if ARGV[3] == '0' then
    redis.call('SET', KEYS[1], record)
else
    redis.call('SET', KEYS[1], record, 'PX', ARGV[3])
end
if ARGV[4] then redis.pcall('PUBLISH', ARGV[4], '') end
return 1
