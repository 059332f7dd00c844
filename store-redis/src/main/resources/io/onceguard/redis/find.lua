-- Looks at a record and changes nothing.
-- KEYS[1] record
-- Returns {record, now, milliseconds to live}, or nil if there is none.
local record = redis.call('GET', KEYS[1])
if not record then return nil end
local time = redis.call('TIME')
return {record, time[1] * 1000000 + time[2], redis.call('PTTL', KEYS[1])}
