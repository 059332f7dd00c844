-- Removes a record in any state.
-- KEYS[1] record   ARGV[1] the token that the operator saw
-- ARGV[2] channel of those who wait, if they are told
-- Returns 1, or 0 if the record is gone or has another token.
local record = redis.call('GET', KEYS[1])
if not record then return 0 end
local read, version, _, _, _, token = pcall(struct.unpack, '>c1c1c1I4I8', record)
if not read or version ~= '1' then return redis.error_reply('UNREADABLE record') end
if token ~= tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
if ARGV[2] then redis.pcall('PUBLISH', ARGV[2], '') end
return 1
