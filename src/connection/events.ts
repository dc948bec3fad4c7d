import { after, type Cancel } from '../internal/clock.js'
import type { Problem } from '../internal/errors.js'
import { noHooks, type HookLists } from '../internal/hookLists.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { ConnectionEvent, ConnectionHooks } from './hooks.js'
import type { Delivery, DropReason, SocketEvents } from './types.js'

type Counters = SocketEvents['changed']

/** One frame of a 60 Hz screen. */
const FRAME_MS = 16

/** The events of one connection. */
export type Events = ReturnType<typeof createEvents>

/** Creates the events of one connection. Counters are told together, at most once a frame. */
export const createEvents = (hooks: HookLists<ConnectionHooks>, { enqueue }: TaskQueue) => {
  let noted: Counters | undefined
  let cancel: Cancel = () => {}

  const emit = <Type extends keyof SocketEvents>(type: Type, payload: SocketEvents[Type]) => {
    for (const { call } of hooks.lists.onEvent ?? noHooks) call({ type, payload } as ConnectionEvent)
  }
  const drop = (reason: DropReason, ids: readonly string[], count = ids.length) => {
    if (count) enqueue(() => emit('dropped', { reason, ids, count }))
  }
  const flushCounters = () => {
    cancel()
    const counters = noted
    // Before the event: its listeners may note again.
    noted = undefined
    if (counters) enqueue(() => emit('changed', counters))
  }
  return {
    emit,
    drop,
    /** Drops one send and says so in the result. */
    refuse: (reason: DropReason, id: string): Delivery => {
      drop(reason, [id])
      return { delivery: 'dropped', reason }
    },
    /** Tells a problem after the task under way. */
    report: (problem: Problem) => enqueue(() => emit('error', problem)),
    note: (change: Counters) => {
      if (!noted) cancel = after(FRAME_MS, flushCounters)
      noted = { ...noted, ...change }
    },
    flushCounters,
    /** Forgets the counters of a socket that is gone; `queued` outlives it. */
    forgetCounters: () => {
      const queued = noted?.queued
      if (queued !== undefined) noted = { queued }
      else if (noted) {
        cancel()
        noted = undefined
      }
    },
  }
}
