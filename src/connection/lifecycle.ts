/**
 * The phases of a connection:
 *
 * ```
 * idle ─connect→ connecting ─open→ open ─close→ closing ─end→ closed
 *                   ↑    ↓          ↓
 *                 attempt lost     lost
 *                   ↑    ↓          ↓
 *                 reconnecting ←────┘         any live phase ─fail→ failed
 * ```
 *
 * `closed` and `failed` last until the next connect. `replace`: a live socket is given up for a new one.
 */
export type Phase = 'idle' | 'connecting' | 'open' | 'closing' | 'closed' | 'reconnecting' | 'failed'

/** What moves a connection from phase to phase. `connect` and `close` are commands. */
export type LifecycleEvent = 'connect' | 'close' | 'attempt' | 'open' | 'lost' | 'replace' | 'end' | 'fail'

const live = { close: 'closing', replace: 'connecting', lost: 'reconnecting', end: 'closed', fail: 'failed' } as const
const over = { connect: 'connecting', close: 'closed' } as const

const table: Record<Phase, Partial<Record<LifecycleEvent, Phase>>> = {
  idle: over,
  connecting: { ...live, open: 'open' },
  open: live,
  closing: { connect: 'connecting', replace: 'connecting', end: 'closed' },
  closed: over,
  reconnecting: { ...live, attempt: 'connecting' },
  failed: over,
}

/** What happens to the phase when a socket is gone, by what the connection does next. */
export const eventAfterClose = { connecting: 'replace', reconnecting: 'lost', closed: 'end', failed: 'fail' } as const

/** The phase after `event`. The table is total: an event that it does not name changes nothing. */
export const transition = (phase: Phase, event: LifecycleEvent): Phase => table[phase][event] ?? phase
