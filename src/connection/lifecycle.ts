/**
 * What a connection is doing:
 *
 * ```
 * idle ─connect→ connecting ─open→ open ─close→ closing ─end→ closed
 *                   ↑    ↓          ↓
 *                  dial  lost      lost
 *                   ↑    ↓          ↓
 *                 reconnecting ←────┘         any live phase ─fail→ failed
 * ```
 *
 * `closed` and `failed` last until the next connect. `replace` is a live socket given up for a new one.
 */
export type Phase = 'idle' | 'connecting' | 'open' | 'closing' | 'closed' | 'reconnecting' | 'failed'

/** What moves a connection from phase to phase. `connect` and `close` are commands, the rest happens. */
export type LifecycleEvent = 'connect' | 'close' | 'dial' | 'open' | 'lost' | 'replace' | 'end' | 'fail'

const live = { close: 'closing', replace: 'connecting', lost: 'reconnecting', end: 'closed', fail: 'failed' } as const
const over = { connect: 'connecting', close: 'closed' } as const

const table: Record<Phase, Partial<Record<LifecycleEvent, Phase>>> = {
  idle: over,
  connecting: { ...live, open: 'open' },
  open: live,
  closing: { connect: 'connecting', replace: 'connecting', end: 'closed' },
  closed: over,
  reconnecting: { ...live, dial: 'connecting' },
  failed: over,
}

/** The phase after `event`. The table is total: a pair that it does not name changes nothing. */
export const transition = (phase: Phase, event: LifecycleEvent): Phase => table[phase][event] ?? phase
