-- Completes the record of an attempt, whether its lease ended or not.
-- KEYS[1] record   ARGV[1] attempt id   ARGV[2] result   ARGV[3] life of the record in milliseconds, 0: for ever
-- ARGV[4] channel of those who wait, if they are told
-- Returns 1, also to the attempt that completed it already; 0 if the record is not this attempt's.
local record = redis.call('GET', KEYS[1])
if not record then return 0 end
local read, version, state, _, _, _, _, _, owner = pcall(struct.unpack, '>c1c1c1I4I8I8I8Bc0Bc0', record)
if not read or version ~= '1' then return redis.error_reply('UNREADABLE record') end
if owner ~= ARGV[1] then return 0 end
if state == 'C' then return 1 end
if state ~= 'P' then return 0 end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local ends = ARGV[3] == '0' and now or now - now % 1000 + ARGV[3] * 1000
record = '1C' .. string.sub(record, 3, 15) .. struct.pack('>I8I8', now, ends) .. string.sub(record, 32) .. ARGV[2]
if ARGV[3] == '0' then
    redis.call('SET', KEYS[1], record)
else
    redis.call('SET', KEYS[1], record, 'PX', ARGV[3])
end
if ARGV[4] then redis.pcall('PUBLISH', ARGV[4], '') end
return 1
