import type { NextPhase } from './types.js'

/**
 * The phases of a connection:
 *
 * ```
 * idle ─connect→ connecting ─open→ open ─close→ closing ─closed→ closed
 *                   ↑    │          │
 *              attempt  reconnecting
 *                   │    ↓          │
 *                 reconnecting ←────┘         any live phase ─failed→ failed
 * ```
 *
 * `closed` and `failed` last until the next connect.
 */
export type Phase = 'idle' | 'connecting' | 'open' | 'closing' | 'closed' | 'reconnecting' | 'failed'

/**
 * What moves a connection from phase to phase. `connect` and `close` are commands. When a socket or an attempt has ended, the event has the name of the phase
 * that follows: `connecting` gives a live socket up for a new one.
 */
export type LifecycleEvent = 'connect' | 'close' | 'attempt' | 'open' | NextPhase

const live = {
  close: 'closing',
  connecting: 'connecting',
  reconnecting: 'reconnecting',
  closed: 'closed',
  failed: 'failed',
} as const
const over = { connect: 'connecting', close: 'closed' } as const

const table: Record<Phase, Partial<Record<LifecycleEvent, Phase>>> = {
  idle: over,
  connecting: { ...live, open: 'open' },
  open: live,
  closing: { connect: 'connecting', connecting: 'connecting', closed: 'closed' },
  closed: over,
  reconnecting: { ...live, attempt: 'connecting' },
  failed: over,
}

/** The phase after `event`. The table is total: an event that it does not name changes nothing. */
export const transition = (phase: Phase, event: LifecycleEvent): Phase => table[phase][event] ?? phase
