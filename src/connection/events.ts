import { after, FRAME_MS, type Cancel } from '../internal/clock.js'
import { said, type SerializedSocketError } from '../internal/errors.js'
import type { HookLists } from '../internal/hookLists.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import type { ConnectionEvent, ConnectionHooks } from './hooks.js'
import type { DropReason, SendResult, SocketEvents } from './types.js'

/** The events of one connection. */
export interface Events {
  /** Calls the hooks `onEvent`. */
  readonly emit: <Type extends keyof SocketEvents>(type: Type, payload: SocketEvents[Type]) => void
  /** Reports a problem after the task under way. */
  readonly report: (problem: SerializedSocketError) => void
  /** Reports dropped sends after the task under way. `count` is more than the ids when not every id is known. */
  readonly drop: (reason: DropReason, ids: readonly string[], count?: number) => void
  /** Drops one send. Returns its result. */
  readonly refuse: (reason: DropReason, id: string) => SendResult
  /** Emits `changed` with these values and others that change meanwhile, at most once every 16 ms. */
  readonly note: (change: object) => void
  /** Emits what was noted now. To be called inside a task. */
  readonly flushNoted: () => void
}

/** Completes a problem: production has no sentences, so its message says where the code is explained. */
const complete = <Payload>(payload: Payload): Payload => {
  const { code, message } = payload as { readonly code?: unknown; readonly message?: string }
  return message === '' ? { ...payload, message: said(code as string) } : payload
}

/** Creates the events of one connection. */
export const createEvents = (hooks: HookLists<ConnectionHooks>, { enqueue }: TaskQueue): Events => {
  let noted: SocketEvents['changed'] | undefined
  let cancel: Cancel = () => {}

  const emit: Events['emit'] = (type, payload) =>
    hooks.run('onEvent', { type, payload: complete(payload) } as ConnectionEvent)
  const drop: Events['drop'] = (reason, ids, count = ids.length) => {
    if (count) enqueue(() => emit('dropped', { reason, ids, count }))
  }
  const flushNoted = () => {
    cancel()
    const changed = noted
    noted = undefined
    if (changed) emit('changed', changed)
  }
  const note: Events['note'] = (change) => {
    if (!noted) cancel = after(FRAME_MS, () => enqueue(flushNoted))
    noted = { ...noted, ...change }
  }
  return {
    emit,
    drop,
    note,
    flushNoted,
    report: (problem) => enqueue(() => emit('error', problem)),
    refuse: (reason, id) => {
      drop(reason, [id])
      return { id, delivery: 'dropped', reason }
    },
  }
}
