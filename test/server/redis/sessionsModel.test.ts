import { isDeepStrictEqual } from 'node:util'
import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { redisSessions, type SessionSnapshot, type SessionStore } from '../../../src/server/redis/index.js'
import { startRedis, type RedisServer } from '../../support/redisServer.js'
import { createModelStore, type ModelStore } from '../../support/session/modelStore.js'

/** Resolves when the store can be reached, or cannot. */
const reach = async (store: SessionStore, expected: boolean): Promise<void> => {
  await new Promise<void>((resolve) => {
    store.onReach((isReachable) => {
      if (isReachable === expected) resolve()
    })
  })
}

/** The same call on both stores. */
type Call = (store: SessionStore | ModelStore, hash: string) => unknown

const snapshotOf = (hash: string, numbers: readonly number[]): SessionSnapshot => {
  const [generation = 1, turn = 0, handled = 0, acked = 0, more = 0, doubt = 0] = numbers
  const frames = Array.from({ length: more }, (_, index) => ({ number: acked + index + 1, frame: `r${index}` }))
  const ids = { hash, id: 'id', owner: 'ann', node: 'n3', codec: '', ttl: 60_000, data: '' }
  return { ...ids, generation, turn, handled, acked, top: acked + more, doubt, frames }
}

interface Step {
  readonly name: string
  readonly call: Call
}

const step = (name: string, call: Call): Step => ({ name, call })

const framesFrom = (first: number, length: number) =>
  Array.from({ length }, (_, index) => ({ number: first + index, frame: `f${first + index}` }))

const create = step('create', (store, hash) => store.create(snapshotOf(hash, [])))
const count = fc.nat(5)
const generation = fc.integer({ min: 1, max: 4 })
const data = fc.constantFrom(undefined, '', '{"a":"ü"}')
const steps = fc.oneof(
  fc.constant(create),
  fc
    .tuple(fc.constantFrom('ann', 'eve'), count)
    .map(([owner, turn]) => step(`find ${owner} ${turn}`, (store, hash) => store.find(hash, owner, turn))),
  fc.constant(step('peek', (store, hash) => store.peek(hash))),
  fc
    .tuple(fc.constantFrom('n1', 'n2'), count, count)
    .map(([node, turn, sent]) =>
      step(`claim ${node} ${turn} ${sent}`, (store, hash) => store.claim(hash, node, turn, sent)),
    ),
  fc
    .tuple(generation, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }))
    .map(([owner, first, length]) =>
      step(`append ${owner} ${first} ${length}`, (store, hash) => store.append(hash, owner, framesFrom(first, length))),
    ),
  fc
    .tuple(generation, count, data)
    .map(([owner, handled, json]) =>
      step(`handled ${owner} ${handled} ${json}`, (store, hash) => store.handled(hash, owner, handled, json)),
    ),
  fc
    .tuple(generation, count)
    .map(([owner, taken]) => step(`release ${owner} ${taken}`, (store, hash) => store.release(hash, owner, taken))),
  fc.array(count, { minLength: 6, maxLength: 6 }).map((numbers) =>
    step(`restore ${numbers.join()}`, (store, hash) =>
      store.restore(
        snapshotOf(
          hash,
          numbers.map((n, index) => (index === 0 ? n + 1 : n)),
        ),
      ),
    ),
  ),
  generation.map((owner) => step(`remove ${owner}`, (store, hash) => store.remove(hash, owner))),
)

/** An owner acknowledges nothing above the top. */
const acked = generation.map((owner) => ({ name: `acked ${owner}`, owner }))

interface Answer {
  readonly name: string
  readonly answer: unknown
}

/** Plays the same calls on both stores, and returns the answers of each up to the first that differ. */
const play = async (
  store: SessionStore,
  model: ModelStore,
  hash: string,
  played: readonly (Step | { readonly name: string; readonly owner: number })[],
): Promise<readonly [answers: readonly Answer[], expected: readonly Answer[]]> => {
  const answers: Answer[] = []
  const expected: Answer[] = []
  for (const one of played) {
    const { name } = one
    const top = model.topOf(hash)
    const call: Call = 'call' in one ? one.call : (on) => on.acked(hash, one.owner, top)
    expected.push({ name, answer: call(model, hash) })
    // oxlint-disable-next-line no-await-in-loop -- in this order
    answers.push({ name, answer: await call(store, hash) })
    if (!isDeepStrictEqual(answers.at(-1), expected.at(-1))) break
  }
  return [answers, expected]
}

const sequence = fc.array(fc.oneof({ weight: 10, arbitrary: steps }, { weight: 1, arbitrary: acked }), {
  minLength: 20,
  maxLength: 40,
})

/** Plays one sequence for each session. */
const expectSame = async (
  store: SessionStore,
  model: ModelStore,
  sequences: readonly (readonly (Step | { readonly name: string; readonly owner: number })[])[],
): Promise<void> => {
  for (const [index, played] of sequences.entries()) {
    // oxlint-disable-next-line no-await-in-loop
    const [answers, expected] = await play(store, model, `h${index}`, played)
    expect(answers).toEqual(expected)
  }
}

// Sampled instead of asserted: a sequence on a real Redis is not shrunk.
const sample = (numRuns: number, seed: number) => fc.sample(sequence, { numRuns, seed })

it('redisSessions gives the answers of the model, for any sequence of calls', async () => {
  expect.hasAssertions()
  await using redis = await startRedis()
  const store = redisSessions({ url: redis.url })
  await reach(store, true)
  const sequences = sample(200, 20_261_129).map((played) => [create, ...played])
  await expectSame(store, createModelStore(), sequences)
  await store.close()
})

it('redisSessions gives the answers of the model after a restart of Redis', async () => {
  expect.hasAssertions()
  await using redis: RedisServer = await startRedis({ more: { appendonly: 'yes', appendfsync: 'always' } })
  const store = redisSessions({ url: redis.url })
  const model = createModelStore()
  await reach(store, true)
  const before = sample(25, 7).map((played) => [create, ...played])
  await expectSame(store, model, before)
  await redis.kill()
  await reach(store, false)
  model.restart('none')
  await redis.start()
  await reach(store, true)
  await expectSame(store, model, sample(25, 8))
  await store.close()
})
