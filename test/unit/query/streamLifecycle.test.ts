import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { newStream, reduceStream } from '../../../src/query/streamLifecycle.js'
import type { EntryState, StreamEffect, StreamEvent, StreamLifecycle } from '../../../src/query/streamModel.js'

type Event = StreamEvent<number>
type Effect = StreamEffect<number>
type State = StreamLifecycle<number>

const error = { code: 7, message: 'no' }

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ type: fc.constant('pushed' as const), push: fc.nat() }),
  fc.record({ type: fc.constant('subscribed' as const), recovered: fc.boolean() }),
  fc.record({ type: fc.constant('settled' as const), requestId: fc.constantFrom('r1', 'r2', undefined) }),
  fc.record({ type: fc.constant('failed' as const), error: fc.constant(error) }),
  fc.record({ type: fc.constantFrom('started', 'lost', 'loaded', 'refetched', 'flush', 'removed') }),
)

const anyEntry: fc.Arbitrary<EntryState> = fc.record({
  status: fc.constantFrom('uninitialized', 'pending', 'fulfilled', 'rejected'),
  requestId: fc.constantFrom('r1', 'r2', undefined),
})

const types = (effects: readonly Effect[]) => effects.map(({ type }) => type)

const isScheduled = (state: State) => 'waiting' in state && state.waiting !== undefined

/** The status that was reported last. */
const statusOf = (state: State) => ('status' in state ? state.status : undefined)

/** What is wrong with the effects of a transition. */
const faultOf = (before: State, event: Event, entry: EntryState, after: State, effects: readonly Effect[]) => {
  const all = types(effects)
  const count = (type: Effect['type']) => all.filter((one) => one === type).length
  if (before.phase === 'removed' && (all.length > 0 || after !== before)) return 'changes after its end'
  if (count('report') > 1 || (count('report') === 1 && all.at(-1) !== 'report')) return 'reports before the last effect'
  if (count('report') === 1 && statusOf(after) === statusOf(before)) return 'reports a status that has not changed'
  if (count('schedule') > 0 && isScheduled(before)) return 'schedules twice'
  if (count('cancel') > 0 && !isScheduled(before)) return 'cancels what is not scheduled'
  if (count('refetch') > 1) return 'fetches twice'
  if (count('refetch') === 1) {
    if (after.phase !== 'fetching' || after.subscription !== 'active')
      return 'fetches before it is subscribed and loaded'
    if (entry.status === 'pending') return 'fetches while a request is under way'
  }
  for (const effect of effects) {
    if (effect.type !== 'apply') continue
    if (effect.pushes.length === 0) return 'applies nothing'
    if (entry.status === 'uninitialized') return 'applies to an entry without data'
    if (isScheduled(after)) return 'keeps pushes after it has applied them'
  }
  if (isScheduled(after) && !isScheduled(before) && count('schedule') !== 1) return 'forgets to schedule'
  if (event.type === 'removed' && isScheduled(before) && count('cancel') !== 1) return 'leaves a timer behind'
  const isFailed = 'subscription' in before && before.subscription === 'failed'
  if (isFailed && 'subscription' in after && after.subscription !== 'failed') return 'subscribes after it has failed'
  return undefined
}

describe('the transitions of a stream', () => {
  it('are total, and ask for effects in a legal order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyEvent, anyEntry), { maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        (steps, max) => {
          let state = Object.freeze(newStream<number>(max))
          for (const [event, entry] of steps) {
            const [after, effects] = reduceStream(state, event, entry)
            expect(faultOf(state, event, entry, after, effects)).toBeUndefined()
            state = Object.freeze(after)
          }
        },
      ),
    )
  })

  it('apply each push once and in order while nothing is missed', () => {
    const entry = { status: 'fulfilled', requestId: 'r1' }
    const quiet = fc.constantFrom<Event>({ type: 'flush' }, { type: 'started' }, { type: 'settled', requestId: 'r0' })
    const push = fc.record({ type: fc.constant('pushed' as const), push: fc.nat() })
    fc.assert(
      fc.property(fc.array(fc.oneof(push, quiet)), fc.nat(20), (events, loadedAt) => {
        const all: Event[] = [{ type: 'subscribed', recovered: true }, ...events]
        all.splice(1 + Math.min(loadedAt, events.length), 0, { type: 'loaded' })
        let state = newStream<number>(1_000)
        const applied: number[] = []
        for (const event of [...all, { type: 'lost' } as const]) {
          const [after, effects] = reduceStream(state, event, entry)
          for (const effect of effects) if (effect.type === 'apply') applied.push(...effect.pushes)
          state = after
        }
        expect(applied).toEqual(events.flatMap((event) => (event.type === 'pushed' ? event.push : [])))
      }),
    )
  })

  it('apply again what was pushed while a request was under way', () => {
    const steps: [Event, string, string][] = [
      [{ type: 'subscribed', recovered: true }, 'pending', 'r1'],
      [{ type: 'loaded' }, 'fulfilled', 'r1'],
      [{ type: 'pushed', push: 1 }, 'pending', 'r2'],
      [{ type: 'flush' }, 'pending', 'r2'],
      [{ type: 'pushed', push: 2 }, 'pending', 'r2'],
      [{ type: 'settled', requestId: 'r2' }, 'fulfilled', 'r2'],
    ]
    let state = newStream<number>(10)
    const applied: (readonly number[])[] = []
    for (const [event, status, requestId] of steps) {
      const [after, effects] = reduceStream(state, event, { status, requestId })
      for (const effect of effects) if (effect.type === 'apply') applied.push(effect.pushes)
      state = after
    }
    expect(applied).toEqual([[1], [1, 2]])
  })

  it('fetch once for several gaps, and become live with the result of a later request', () => {
    const send = (state: State, event: Event, status: string, requestId: string) =>
      reduceStream(state, event, { status, requestId })
    let state = newStream<number>(10)
    const requested: Effect['type'][] = []
    for (const [event, status, requestId] of [
      [{ type: 'subscribed', recovered: true }, 'pending', 'r1'],
      [{ type: 'loaded' }, 'fulfilled', 'r1'],
      [{ type: 'lost' }, 'fulfilled', 'r1'],
      [{ type: 'subscribed', recovered: false }, 'pending', 'r2'],
      [{ type: 'lost' }, 'pending', 'r2'],
      [{ type: 'subscribed', recovered: false }, 'pending', 'r2'],
      [{ type: 'settled', requestId: 'r2' }, 'fulfilled', 'r2'],
      [{ type: 'refetched' }, 'pending', 'r3'],
    ] satisfies [Event, string, string][]) {
      const [after, effects] = send(state, event, status, requestId)
      requested.push(...types(effects))
      state = after
    }
    expect(requested.filter((type) => type === 'refetch')).toHaveLength(1)
    expect(statusOf(state)).toBe('stale')
    const [after] = send(state, { type: 'settled', requestId: 'r3' }, 'fulfilled', 'r3')
    expect(statusOf(after)).toBe('live')
  })

  /** The state after these events, each with the entry at that time, and all effects. */
  const play = (max: number, ...steps: readonly (readonly [Event, status: string, requestId: string])[]) => {
    let state = newStream<number>(max)
    const all: Effect[] = []
    for (const [event, status, requestId] of steps) {
      const [after, effects] = reduceStream(state, event, { status, requestId })
      all.push(...effects)
      state = after
    }
    return { state, effects: all, applied: all.flatMap((effect) => (effect.type === 'apply' ? [effect.pushes] : [])) }
  }
  const push = (value: number): Event => ({ type: 'pushed', push: value })

  it('keep no push after an overflow, until the entry is fetched', () => {
    const { applied, state } = play(
      2,
      [{ type: 'subscribed', recovered: true }, 'pending', 'r1'],
      ...[1, 2, 3, 4].map((value) => [push(value), 'pending', 'r1'] as const),
      [{ type: 'loaded' }, 'fulfilled', 'r1'],
      [{ type: 'refetched' }, 'pending', 'r2'],
      [push(5), 'pending', 'r2'],
      [{ type: 'settled', requestId: 'r2' }, 'fulfilled', 'r2'],
    )
    expect(applied).toEqual([[5]])
    expect(statusOf(state)).toBe('live')
  })

  it('ignore the end of another request while one is followed', () => {
    const { applied, state } = play(
      10,
      [{ type: 'subscribed', recovered: true }, 'pending', 'r1'],
      [{ type: 'loaded' }, 'fulfilled', 'r1'],
      [push(1), 'pending', 'r2'],
      [{ type: 'settled', requestId: 'r0' }, 'pending', 'r2'],
      [push(2), 'pending', 'r2'],
      [{ type: 'settled', requestId: 'r2' }, 'fulfilled', 'r2'],
    )
    expect([applied, state.phase]).toEqual([[[1, 2]], 'current'])
  })

  it('keep the pushes for a request that has ended when the next one starts before its end is reported', () => {
    const { applied, effects } = play(
      10,
      [{ type: 'subscribed', recovered: true }, 'pending', 'r1'],
      [{ type: 'loaded' }, 'fulfilled', 'r1'],
      [{ type: 'lost' }, 'pending', 'r2'],
      [{ type: 'subscribed', recovered: false }, 'pending', 'r2'],
      [push(1), 'pending', 'r2'],
      [{ type: 'flush' }, 'pending', 'r2'],
      [push(2), 'fulfilled', 'r2'],
      [{ type: 'refetched' }, 'pending', 'r3'],
      [{ type: 'settled', requestId: 'r3' }, 'fulfilled', 'r3'],
    )
    expect(types(effects).filter((type) => type === 'refetch')).toHaveLength(1)
    expect(applied).toEqual([[1], [1, 2]])
  })

  it('wait for no request when the fetch could not start', () => {
    const { state } = play(
      10,
      [{ type: 'subscribed', recovered: true }, 'pending', 'r1'],
      [{ type: 'loaded' }, 'fulfilled', 'r1'],
      [{ type: 'lost' }, 'fulfilled', 'r1'],
      [{ type: 'subscribed', recovered: false }, 'fulfilled', 'r1'],
      [{ type: 'refetched' }, 'fulfilled', 'r1'],
    )
    expect([state.phase, statusOf(state)]).toEqual(['current', 'stale'])
  })
})
