-- Starts the lease of an attempt anew, whether it ended or not.
-- KEYS[1] record   ARGV[1] attempt id   ARGV[2] lease in microseconds   ARGV[3] life of the record in milliseconds
-- Returns 1, or 0 if the record is not in progress under this attempt.
local record = redis.call('GET', KEYS[1])
if not record then return 0 end
local read, version, state, previous, number, token, since, _, owner, fingerprint =
    pcall(struct.unpack, '>c1c1c1I4I8I8I8Bc0Bc0', record)
if not read or version ~= '1' then return redis.error_reply('UNREADABLE record') end
if owner ~= ARGV[1] or state ~= 'P' then return 0 end

local time = redis.call('TIME')
local lease_end = time[1] * 1000000 + time[2] + tonumber(ARGV[2])
record = struct.pack('>c1c1c1I4I8I8I8Bc0Bc0', '1', 'P', previous, number, token, since, lease_end,
    #owner, owner, #fingerprint, fingerprint)
redis.call('SET', KEYS[1], record, 'PX', ARGV[3])
return 1
