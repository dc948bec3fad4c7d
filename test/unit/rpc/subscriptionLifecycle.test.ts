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

/** Carries an effect out: `request` is the one under way. Returns what is wrong with the effect. */
const carryOut = (
  store: { request?: string | undefined },
  effect: SubscriptionEffect,
  state: SubscriptionLifecycle,
) => {
  switch (effect) {
    case 'subscribe':
    case 'unsubscribe':
      if (store.request) return `asks to ${effect} while it waits for a reply`
      store.request = effect
      return undefined
    case 'withdraw':
      return store.request === 'subscribe' ? undefined : 'withdraws a request that was not made'
    case 'forget':
      if (!store.request) return 'forgets a request that was not made'
      store.request = undefined
      return undefined
    case 'reportActive':
      return state.status === 'active' ? undefined : 'reports "active" and is not'
    case 'reportFailed':
    default:
      return state.isWanted ? 'fails and is still wanted' : undefined
  }
}

const replies: readonly SubscriptionEvent['type'][] = ['accept', 'refuse', 'postpone', 'withdrawn']

/** Whether a state expects an event. */
const isExpected = ({ status }: SubscriptionLifecycle, { type }: SubscriptionEvent): boolean =>
  ['want', 'release', 'online', 'offline'].includes(type) ||
  (status === 'subscribing' && replies.includes(type)) ||
  (status === 'active' && type === 'end') ||
  (status === 'unsubscribing' && type === 'unsubscribed')

describe('the transitions of a subscription', () => {
  it('are total, and ask for effects in a legal order', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.boolean(), (events, isOnline) => {
        let state: SubscriptionLifecycle = Object.freeze(idleSubscription(isOnline))
        const store: { request?: string | undefined } = {}
        for (const event of events) {
          const [after, effects] = reduceSubscription(state, event)
          // An event that a state does not expect changes nothing.
          expect(isExpected(state, event) || (after === state && effects.length === 0)).toBe(true)
          const isReply = replies.includes(event.type) || event.type === 'unsubscribed'
          if (isExpected(state, event) && isReply) store.request = undefined
          expect(effects.flatMap((effect) => carryOut(store, effect, after) ?? [])).toEqual([])
          // The state says which reply it waits for.
          expect([after.status === 'subscribing', after.status === 'unsubscribing']).toEqual([
            store.request === 'subscribe',
            store.request === 'unsubscribe',
          ])
          state = Object.freeze(after)
        }
      }),
    )
  })

  it('never rest: a subscription that is wanted and online asks or is active, one that is not wanted is not active', () => {
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

  /** What is reported: `recovered` when it is active, and failures. */
  const play = (...events: SubscriptionEvent[]) => {
    let state = idleSubscription(true)
    const reports: (boolean | string)[] = []
    for (const event of events) {
      const [after, effects] = reduceSubscription(state, event)
      if (effects.includes('reportActive') && after.status === 'active') reports.push(after.recovered)
      if (effects.includes('reportFailed')) reports.push('failed')
      state = after
    }
    return reports
  }
  const accept = (recovered = false): SubscriptionEvent => ({ type: 'accept', key: 's1', answer: 's1', recovered })

  it('report "recovered" for the first acceptance, and after a loss only when the server says so', () => {
    const lost: SubscriptionEvent[] = [{ type: 'offline' }, { type: 'online' }]
    expect(play({ type: 'want' }, accept(), ...lost, accept(), ...lost, accept(true))).toEqual([true, false, true])
  })

  it('start over after an end, a failure, or an unsubscribe', () => {
    const again: SubscriptionEvent[] = [{ type: 'want' }, accept()]
    expect(play(...again, { type: 'end', error }, ...again)).toEqual([true, 'failed', true])
    expect(play(...again, { type: 'release' }, { type: 'unsubscribed' }, ...again)).toEqual([true, true])
    expect(play({ type: 'want' }, { type: 'refuse', error }, ...again)).toEqual(['failed', true])
  })

  it('end at the server what was accepted after it was released', () => {
    const [, effects] = reduceSubscription(
      { status: 'subscribing', isWanted: false, isOnline: true, wasActive: false },
      accept(),
    )
    expect(effects).toEqual(['unsubscribe'])
  })
})
