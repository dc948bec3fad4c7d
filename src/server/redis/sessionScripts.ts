import { defineScript } from './script.js'

// The scripts of sessions. docs/sessions-redis.md lists keys and answers. `ARGV[1]` is the run of this Redis.
// KEYS[1] is the record `p:s:{<hash>}`, KEYS[2] the stream of frames `p:o:{<hash>}`. A record lives 1.5 times its ttl after the last write: an
// idle owner writes twice in a ttl.

/**
 * Defines `live`, which renews both keys. `owned` is the answer to a write of the owner; `false` when it may write. An owner that has released a session may
 * not, also when the answer to its release was lost.
 */
const library = `
local record, stream = KEYS[1], KEYS[2]
local function live()
  local ttl = math.ceil(tonumber(redis.call('HGET', record, 'ttl')) * 1.5)
  redis.call('PEXPIRE', record, ttl)
  redis.call('PEXPIRE', stream, ttl)
end
local function owned(run, generation)
  local g = redis.call('HMGET', record, 'g', 'run', 'clean')
  if not g[1] or g[2] ~= run or tonumber(g[1]) < tonumber(generation) then return 'gone' end
  if tonumber(g[1]) ~= tonumber(generation) or g[3] == '1' then return 'moved' end
  return false
end
local function add(number, kind, frame)
  redis.call('XADD', stream, number .. '-0', kind, frame)
end
`

const script = (body: string) => defineScript(library + body)

/** ARGV: run, id, owner, node, codec, ttl */
export const createScript = script(`
redis.call('DEL', record, stream)
redis.call('HSET', record, 'run', ARGV[1], 'id', ARGV[2], 'own', ARGV[3], 'n', ARGV[4], 'codec', ARGV[5], 'ttl', ARGV[6],
  'g', 1, 'turn', 0, 'in', 0, 'top', 0, 'acked', 0, 'clean', 0, 'doubt', 0, 'tries', 0, 'data', '')
live()
return 'ok'`)

/** ARGV: run, owner, turn. Answers id, owner, node, generation, stale, late. */
export const findScript = script(`
local r = redis.call('HMGET', record, 'id', 'own', 'n', 'g', 'run', 'turn')
if not r[1] then return false end
local late = tonumber(ARGV[3]) <= tonumber(r[6])
if r[2] == ARGV[2] and not late then
  redis.call('HSET', record, 'turn', ARGV[3])
  live()
end
return { r[1], r[2], r[3], tonumber(r[4]), r[5] ~= ARGV[1] and 1 or 0, late and 1 or 0 }`)

/** ARGV: run. Answers generation, stale, node. */
export const peekScript = script(`
local r = redis.call('HMGET', record, 'g', 'run', 'n')
if not r[1] then return false end
return { tonumber(r[1]), r[2] ~= ARGV[1] and 1 or 0, r[3] }`)

/** ARGV: run, node, turn, sent. Answers `late`, or the record and its frames. A stream that lacks frames is as good as no record. */
export const claimScript = script(`
local r = redis.call('HMGET', record, 'g', 'run', 'turn', 'clean', 'doubt', 'in', 'lastin', 'tries', 'top', 'acked')
if not r[1] or r[2] ~= ARGV[1] then return false end
if tonumber(ARGV[3]) < tonumber(r[3]) then return 'late' end
if redis.call('XLEN', stream) ~= tonumber(r[9]) - tonumber(r[10]) then return false end
local doubt, tries, sent = tonumber(r[5]), 0, tonumber(ARGV[4])
if r[4] ~= '1' then
  doubt = math.max(doubt, sent)
  if sent > tonumber(r[6]) then tries = r[7] == r[6] and tonumber(r[8]) + 1 or 1 end
end
redis.call('HSET', record, 'g', tonumber(r[1]) + 1, 'n', ARGV[2], 'turn', ARGV[3], 'clean', 0, 'doubt', doubt,
  'lastin', r[6], 'tries', tries)
live()
return { redis.call('HGETALL', record), redis.call('XRANGE', stream, '-', '+') }`)

/** ARGV: run, generation, first number, then kind and frame of each. */
export const appendScript = script(`
local refused = owned(ARGV[1], ARGV[2])
if refused then return refused end
local top, number = tonumber(redis.call('HGET', record, 'top')), tonumber(ARGV[3])
if number > top + 1 then return 'gone' end
for i = 4, #ARGV, 2 do
  if number > top then
    add(number, ARGV[i], ARGV[i + 1])
    top = number
  end
  number = number + 1
end
redis.call('HSET', record, 'top', top)
live()
return 'ok'`)

/** ARGV: run, generation, handled, then the data when it has changed. */
export const handledScript = script(`
local refused = owned(ARGV[1], ARGV[2])
if refused then return refused end
redis.call('HSET', record, 'in', ARGV[3])
if ARGV[4] then redis.call('HSET', record, 'data', ARGV[4]) end
live()
return 'ok'`)

/** ARGV: run, generation, acked. */
export const ackedScript = script(`
local refused = owned(ARGV[1], ARGV[2])
if refused then return refused end
redis.call('HSET', record, 'acked', ARGV[3])
redis.call('XTRIM', stream, 'MINID', tonumber(ARGV[3]) + 1)
live()
return 'ok'`)

/** ARGV: run, generation, taken. */
export const releaseScript = script(`
local refused = owned(ARGV[1], ARGV[2])
if refused then return refused end
redis.call('HSET', record, 'n', '', 'in', ARGV[3], 'clean', 1)
live()
return 'ok'`)

/** ARGV: run, generation, id, owner, node, codec, ttl, turn, in, top, acked, doubt, data, then number, kind and frame of each. */
export const restoreScript = script(`
local g = redis.call('HGET', record, 'g')
if g and tonumber(g) > tonumber(ARGV[2]) then return 'moved' end
redis.call('DEL', record, stream)
redis.call('HSET', record, 'run', ARGV[1], 'g', ARGV[2], 'id', ARGV[3], 'own', ARGV[4], 'n', ARGV[5], 'codec', ARGV[6],
  'ttl', ARGV[7], 'turn', ARGV[8], 'in', ARGV[9], 'top', ARGV[10], 'acked', ARGV[11], 'doubt', ARGV[12], 'data', ARGV[13],
  'clean', 0, 'tries', 0)
for i = 14, #ARGV, 3 do add(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
live()
return 'ok'`)

/** ARGV: run, generation. */
export const removeScript = script(`
local g = redis.call('HGET', record, 'g')
if g and tonumber(g) <= tonumber(ARGV[2]) then redis.call('DEL', record, stream) end
return 'ok'`)

/** Redis loads them before it runs any. */
export const sessionScripts = [
  createScript,
  findScript,
  peekScript,
  claimScript,
  appendScript,
  handledScript,
  ackedScript,
  releaseScript,
  restoreScript,
  removeScript,
]
