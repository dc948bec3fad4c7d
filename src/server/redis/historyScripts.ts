import { defineScript } from './script.js'

// KEYS[1]: the hash of a channel, with its epoch `e` and the offset of its last publication `top`. KEYS[2]: the stream of its publications; the id of an
// entry is its offset. ARGV[1] is the run of this Redis: a restart may have lost what was acknowledged, so it is part of the epoch that nodes see.

/** Returns the epoch. Makes one if the channel has no epoch; publications that are left without it do not count. */
const epochOf = (newEpoch: string): string => `
local e = redis.call('HGET', KEYS[1], 'e')
if not e then
  e = ${newEpoch}
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'e', e, 'top', 0)
end
if ARGV[1] ~= '' then e = e .. '.' .. ARGV[1] end`

/** ARGV: run, payload, size, ttl, ttl of the hash, a new epoch for a channel without one, topic. Returns the epoch and the offset. */
export const publishScript = defineScript(`${epochOf('ARGV[6]')}
local n = redis.call('HINCRBY', KEYS[1], 'top', 1)
local id = string.format('%.0f', n)
redis.call('XADD', KEYS[2], 'MAXLEN', ARGV[3], id .. '-0', 'd', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PUBLISH', ARGV[7], e .. ' ' .. id .. ' ' .. ARGV[2])
return { e, n }`)

/** ARGV: run, offset, ttl of the hash, a new epoch for a channel without one. Returns the epoch, the last offset, the oldest that is kept, and the entries after the given offset. */
export const readScript = defineScript(`${epochOf('ARGV[4]')}
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local top = tonumber(redis.call('HGET', KEYS[1], 'top'))
local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
local first = oldest and tonumber(string.match(oldest[1], '^%d+')) or top + 1
local entries = {}
if tonumber(ARGV[2]) < top then entries = redis.call('XRANGE', KEYS[2], '(' .. ARGV[2] .. '-0', '+') end
return { e, top, first, entries }`)
