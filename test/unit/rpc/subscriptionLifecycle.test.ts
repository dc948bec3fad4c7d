import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  idleSubscription,
  reduceSubscription,
  type SubscriptionEffect,
  type SubscriptionEvent,
  type SubscriptionLifecycle,
} from '../../../src/rpc/subscriptionLifecycle.js'

const error = { code: 7, message: 'no' }

const anyEvent: fc.Arbitrary<SubscriptionEvent> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('want', 'release', 'online') }) },
  fc.record({ type: fc.constantFrom('offline', 'postpone', 'withdrawn', 'unsubscribed') }),
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('accept' as const),
      key: fc.constantFrom('s1', 's2', 3),
      answer: fc.constant(undefined),
      recovered: fc.boolean(),
    }),
  },
  fc.record({ type: fc.constantFrom('refuse', 'end'), error: fc.constant(error) }),
)

const types = (effects: readonly SubscriptionEffect[]) => effects.map(({ type }) => type)

/** What the effects so far have led to. */
interface World {
  /** The request under way. */
  request: 'subscribe' | 'unsubscribe' | undefined
  /** What pushes may carry. */
  key: unknown
}

/** Carries an effect out. Returns what is wrong with it. */
const carryOut = (world: World, effect: SubscriptionEffect): string | undefined => {
  switch (effect.type) {
    case 'subscribe':
    case 'unsubscribe':
      if (world.request) return `asks to ${effect.type} while it waits for a reply`
      if (world.key !== undefined) return `asks to ${effect.type} while pushes are expected`
      world.request = effect.type
      return undefined
    case 'withdraw':
      return world.request === 'subscribe' ? undefined : 'withdraws a request that was not made'
    case 'forget':
      if (!world.request) return 'forgets a request that was not made'
      world.request = undefined
      return undefined
    case 'listen':
      if (world.key !== undefined) return 'listens twice'
      world.key = effect.key
      return undefined
    case 'ignore':
      // One that was not wanted any more when it was accepted has never been listened to.
      world.key = undefined
      return undefined
    case 'reportActive':
      return world.key === undefined ? 'reports "active" without a key' : undefined
    case 'fail':
      return world.key === undefined ? undefined : 'fails while pushes are expected'
    case 'remove':
    default:
      if (world.request) return 'is removed while it waits for a reply'
      return world.key === undefined ? undefined : 'is removed while pushes are expected'
  }
}

const ends: readonly SubscriptionEvent['type'][] = ['accept', 'refuse', 'postpone', 'withdrawn']

const isReply = ({ type }: SubscriptionEvent): boolean => ends.includes(type) || type === 'unsubscribed'

/** Whether a state expects an event. */
const isExpected = ({ status }: SubscriptionLifecycle, { type }: SubscriptionEvent): boolean =>
  ['want', 'release', 'online', 'offline'].includes(type) ||
  (status === 'subscribing' && ends.includes(type)) ||
  (status === 'active' && type === 'end') ||
  (status === 'unsubscribing' && type === 'unsubscribed')

describe('the transitions of a subscription', () => {
  it('are total, and ask for effects in a legal order', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.boolean(), (events, isOnline) => {
        let state: SubscriptionLifecycle = Object.freeze(idleSubscription(isOnline))
        const world: World = { request: undefined, key: undefined }
        for (const event of events) {
          const [after, effects] = reduceSubscription(state, event)
          // An event that a state does not expect changes nothing.
          expect(isExpected(state, event) || (after === state && effects.length === 0)).toBe(true)
          if (isExpected(state, event) && isReply(event)) world.request = undefined
          expect(effects.map((effect) => carryOut(world, effect)).filter((fault) => fault !== undefined)).toEqual([])
          // What it waits for is what its state says.
          expect([after.status === 'subscribing', after.status === 'unsubscribing']).toEqual([
            world.request === 'subscribe',
            world.request === 'unsubscribe',
          ])
          expect(after.status === 'active').toBe(world.key !== undefined)
          expect(after === state || types(effects).includes('remove')).toBe(
            after === state || (after.status === 'idle' && !after.isWanted),
          )
          state = Object.freeze(after)
        }
      }),
    )
  })

  it('never rest: a subscription that is wanted and online asks or is active, one that is not wanted ends', () => {
    const rests = (events: readonly SubscriptionEvent[]) => {
      let state = idleSubscription(true)
      for (const event of events) [state] = reduceSubscription(state, event)
      const { isOnline, isWanted, status } = state
      return isWanted ? isOnline && status === 'idle' : status === 'active'
    }
    expect(() =>
      fc.assert(fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => !rests(events))),
    ).not.toThrow()
  })

  const play = (...events: SubscriptionEvent[]) => {
    let state = idleSubscription(true)
    const reports: (boolean | string)[] = []
    for (const event of events) {
      const [after, effects] = reduceSubscription(state, event)
      for (const effect of effects) {
        if (effect.type === 'reportActive') reports.push(effect.recovered)
        if (effect.type === 'fail') reports.push('fail')
      }
      state = after
    }
    return { state, reports }
  }
  const accept = (recovered = false): SubscriptionEvent => ({ type: 'accept', key: 's1', answer: 's1', recovered })

  it('report "recovered" for the first acceptance, and after a loss only when the server says so', () => {
    const lost: SubscriptionEvent[] = [{ type: 'offline' }, { type: 'online' }]
    const { reports } = play({ type: 'want' }, accept(), ...lost, accept(), ...lost, accept(true))
    expect(reports).toEqual([true, false, true])
  })

  it('start over after an end, a failure, or an unsubscribe', () => {
    const again: SubscriptionEvent[] = [{ type: 'want' }, accept()]
    expect(play(...again, { type: 'end', error }, ...again).reports).toEqual([true, 'fail', true])
    expect(play(...again, { type: 'release' }, { type: 'unsubscribed' }, ...again).reports).toEqual([true, true])
    expect(play({ type: 'want' }, { type: 'refuse', error }, ...again).reports).toEqual(['fail', true])
  })
})
