import type { HookLists } from '../internal/hookLists.js'
import type { TaskQueue } from '../internal/taskQueue.js'
import { closeWithout } from './closeInfo.js'
import { createCore, isOver, isWaiting, move, settle, type Core } from './core.js'
import { apply, closeSocket, end } from './ending.js'
import type { ConnectionHooks } from './hooks.js'
import { begin, restart } from './opening.js'
import type { Connection, ConnectionSettings } from './settings.js'
import type { Address, ConnectOutcome, Delivery } from './types.js'
import type { Outgoing } from './sends.js'

/** Takes a new address; what waits for another place is dropped. Returns whether the address is new. */
const readdress = (core: Core, given: Address, keepQueue: boolean): boolean => {
  const { addressing, address, settings, sends, phase } = core
  const next = addressing.next(settings.address, address, given)
  const { moved, elsewhere } = addressing.compare(address, next)
  if (elsewhere && !keepQueue && phase !== 'idle') sends.clear('replaced')
  core.address = next
  return moved
}

const connect = (core: Core, given: Address, keepQueue: boolean): Promise<ConnectOutcome> =>
  new Promise((resolve) => {
    const moved = readdress(core, given, keepQueue)
    if (core.phase === 'open' && !moved) return resolve('open')
    core.connecting.push(resolve)
    if (moved || core.phase === 'closing' || isOver(core)) restart(core)
    else if (!core.attempt) begin(core)
  })

const reconnect = (core: Core): Promise<ConnectOutcome> =>
  new Promise((resolve) => {
    core.connecting.push(resolve)
    if (isWaiting(core)) begin(core)
    else restart(core)
  })

const close = (core: Core, code: number, reason: string, isIdle: boolean): Promise<'closed'> =>
  new Promise((resolve) => {
    core.closing.push(resolve)
    if (!isIdle) {
      core.hooks.run('onClosing')
      core.frames.forget()
      core.sends.clear('closed')
    }
    if (isOver(core)) {
      move(core, 'close')
      settle(core, 'closed')
    } else if (core.phase !== 'closing') closeSocket(core, code, reason)
  })

const send = (core: Core, outgoing: Outgoing): Delivery => {
  const { events, hooks, phase, sends } = core
  const isClosed = phase !== 'open' && phase !== 'idle' && (phase === 'closing' || isOver(core))
  const result = isClosed && !hooks.some('isAsleep') ? events.refuse('closed', outgoing.id) : sends.send(outgoing)
  hooks.run('onUse')
  return result
}

/** Creates one connection. It knows nothing of Redux: events leave through the hook `onEvent`, frames through `receive`. */
export const createConnection = (
  settings: ConnectionSettings,
  hooks: HookLists<ConnectionHooks>,
  taskQueue: TaskQueue,
): Connection => {
  const core = createCore(settings, hooks, taskQueue)
  const { deadline, events, frames, policy, sends } = core
  return {
    sends,
    events,
    phase: () => core.phase,
    connect: (given = {}, keepQueue = false) => connect(core, given, keepQueue),
    reconnect: () => reconnect(core),
    close: (code, reason, isIdle = false) => close(core, code, reason, isIdle),
    send: (outgoing) => send(core, outgoing),
    deliver: frames.deliver,
    use: () => {
      const isAsleep = hooks.some('isAsleep')
      hooks.run('onUse')
      return isAsleep
    },
    retry: {
      isWaiting: () => isWaiting(core),
      dueAt: () => [deadline.dueAt(), core.plannedAt],
      moveTo: (time, onStart) => core.rounds?.startAt(time, onStart),
    },
    suspend: () => {
      const { attempt, phase } = core
      if (attempt && phase !== 'closing') apply(core, policy.suspended(), attempt.socket && closeWithout('abandoned'))
    },
    dispose: () => {
      hooks.run('onClosing')
      sends.clear('closed')
      if (!isOver(core)) {
        move(core, 'close')
        end(core, closeWithout('abandoned'))
      }
      events.flushCounters()
    },
  }
}
