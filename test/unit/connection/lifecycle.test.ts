import { describe, expect, it } from '@jest/globals'
import { transition, type LifecycleEvent, type Phase } from '../../../src/connection/lifecycle.js'

const phases = ['idle', 'connecting', 'open', 'closing', 'closed', 'reconnecting', 'failed'] as const

/** Where each event leads from each phase, in the order of `phases`; a dot means that it changes nothing. */
const table: Record<LifecycleEvent, readonly (Phase | '.')[]> = {
  //            idle          connecting      open            closing       closed        reconnecting    failed
  connect: ['connecting', '.', '.', 'connecting', 'connecting', '.', 'connecting'],
  close: ['closed', 'closing', 'closing', '.', '.', 'closing', 'closed'],
  attempt: ['.', '.', '.', '.', '.', 'connecting', '.'],
  open: ['.', 'open', '.', '.', '.', '.', '.'],
  reconnecting: ['.', 'reconnecting', 'reconnecting', '.', '.', '.', '.'],
  connecting: ['.', '.', 'connecting', 'connecting', '.', 'connecting', '.'],
  closed: ['.', 'closed', 'closed', 'closed', '.', 'closed', '.'],
  failed: ['.', 'failed', 'failed', '.', '.', 'failed', '.'],
}

const pairs = Object.entries(table).flatMap(([event, next]) =>
  phases.map((phase, index) => {
    const to = next[index] ?? '.'
    return { phase, event: event as LifecycleEvent, to: to === '.' ? phase : to }
  }),
)

describe('the lifecycle', () => {
  it('has a transition for every event in every phase', () => {
    expect(pairs).toHaveLength(7 * 8)
    expect(pairs.map(({ phase, event }) => transition(phase, event)).every((to) => phases.includes(to))).toBe(true)
  })

  it.each(pairs)('$phase, $event: $to', ({ phase, event, to }) => {
    expect(transition(phase, event)).toBe(to)
  })

  it('leaves a phase that is over only by a connect', () => {
    for (const phase of ['idle', 'closed', 'failed'] as const) {
      const events = (Object.keys(table) as LifecycleEvent[]).filter(
        (event) => event !== 'connect' && event !== 'close',
      )
      expect(events.map((event) => transition(phase, event))).toEqual(events.map(() => phase))
    }
  })

  it('can end from every live phase', () => {
    for (const phase of phases) expect(transition(transition(phase, 'close'), 'closed')).toBe('closed')
  })
})
