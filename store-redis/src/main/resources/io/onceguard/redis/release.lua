-- Gives the record back: anybody may acquire it, except the attempt that had it.
-- KEYS[1] record   ARGV[1] attempt id   ARGV[2] life of the record in milliseconds
-- ARGV[3] channel of those who wait, if they are told
-- Returns 1, also to the attempt that gave it back already; 0 if the record is not in progress under this attempt.
local record = redis.call('GET', KEYS[1])
if not record then return 0 end
local read, version, state, previous, number, token, _, _, owner, fingerprint =
    pcall(struct.unpack, '>c1c1c1I4I8I8I8Bc0Bc0', record)
if not read or version ~= '1' then return redis.error_reply('UNREADABLE record') end
if owner ~= ARGV[1] then return 0 end
if state == 'R' then return 1 end
if state ~= 'P' then return 0 end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
record = struct.pack('>c1c1c1I4I8I8I8Bc0Bc0', '1', 'R', previous, number, token, now, now,
    #owner, owner, #fingerprint, fingerprint)
redis.call('SET', KEYS[1], record, 'PX', ARGV[2])
if ARGV[3] then redis.pcall('PUBLISH', ARGV[3], '') end
return 1
