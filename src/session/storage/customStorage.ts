import type { SessionOutbox } from '../../middleware/featureOptions.js'
import type { Connection } from '../../connection/connection.js'
import { dropEntries } from '../../connection/sendQueue.js'
import type { Link } from '../../connection/hooks.js'
import { redact } from '../../connection/address.js'
import { onPage } from '../../internal/environment.js'
import { show } from '../../internal/errors.js'
import { isPromiseLike } from '../../internal/maybePromise.js'
import type { FeatureHooks } from '../../middleware/feature.js'
import * as order from '../../middleware/order.js'
import { renew, type ConnectionSession, type SessionOutboxHooks } from '../connectionSession.js'
import { checkStorage } from './checkStorage.js'
import { adoptLeftover, refuseLeftover, settleLeftover } from './leftover.js'
import { createOutbox, hasSomething, queueOf, toRecord, type Outbox, type OutboxOptions } from './outboxState.js'
import { isOwnerKnown, ownerNow } from './owner.js'
import { failStorage, isNumberStored, writeSnapshot, scheduleSave, whenSaved, withLimit } from './saving.js'
import { isStoredSession, type SessionStorage, type StorageSlot } from './storedSession.js'

/** Asks the storage for a slot, once. A session that has begun already is not stored: what another page has left would take its place. */
const claimSlot = (outbox: Outbox): Promise<void> | undefined => {
  const { own, storage } = outbox
  const { name, taskQueue } = own.context
  const { key, unacked } = own.session
  if (outbox.claimed || !isOwnerKnown(outbox) || key !== undefined || unacked.length) return outbox.claimed
  outbox.claimed = withLimit(() =>
    storage.claim(name).then((slot) => {
      taskQueue.enqueue(() => onClaimed(outbox, slot))
    }),
  ).catch((error: unknown) => failStorage(outbox, error))
  return outbox.claimed
}

/** The codecs of which frames can be sent. */
const knowsCodec = ({ own: { context } }: Outbox, subprotocol: string): boolean => {
  const { codec, codecs = [codec] } = context.options
  return codecs.some((one) => (one?.subprotocol ?? '') === subprotocol)
}

/** The storage has answered. */
const onClaimed = (outbox: Outbox, slot: StorageSlot): void => {
  const { connection } = outbox.own.context
  const { stored } = slot
  if (outbox.hasFailed || outbox.isDisposed) return slot.close()
  outbox.slot = slot
  if (stored && !isStoredSession(stored)) {
    outbox.hasRecord = true
    const error = new Error(
      __DEV__
        ? `expected "stored" to be a session as "save" was given it, or undefined, got ${show(stored)}`
        : 'stored',
    )
    return void failStorage(outbox, error)
  }
  if (stored) {
    adoptLeftover(outbox, stored)
    if (outbox.isClosed) refuseLeftover(outbox, 'closed')
    else if (stored.owner !== outbox.owner || outbox.isSignedOut) refuseLeftover(outbox, 'replaced')
    else if (stored.codec !== undefined && !knowsCodec(outbox, stored.codec)) refuseLeftover(outbox, 'replaced')
    // A connection that is opened by its first use has something to send.
    else connection.use()
  }
  scheduleSave(outbox)
}

/** What waits is for the user who sent it, and for the place that it was sent to. */
const checkLeftover = (outbox: Outbox, selected: string | undefined): void => {
  const { leftover } = outbox
  if (!leftover) return
  const { codec, owner, url } = leftover
  const isOther =
    owner !== outbox.owner ||
    (url !== undefined && url !== outbox.url) ||
    (codec !== undefined && selected !== undefined && codec !== selected)
  if (isOther) refuseLeftover(outbox, 'replaced')
}

/** The step before `hello`. */
const prepare = async (outbox: Outbox, { signal }: Link): Promise<void> => {
  const socket = outbox.own.latest!
  outbox.owner = ownerNow(outbox)
  await claimSlot(outbox)
  // Another socket may have taken its place.
  if (signal.aborted) return
  outbox.url = redact((socket.inner as { readonly url?: string }).url ?? '').replace('?…', '')
  checkLeftover(outbox, socket.codec())
  // A server without sessions acknowledges nothing: what it was sent must not be sent again.
  outbox.isOff = socket.codec() === undefined
  outbox.isSignedOut = false
  if (outbox.isOff && outbox.hasRecord) await whenSaved(outbox)
}

/** The owner has changed: nothing of the one before stays. */
const onOwnerChanged = (outbox: Outbox): void => {
  refuseLeftover(outbox, 'replaced')
  dropEntries(queueOf(outbox), () => true, 'replaced')
  outbox.isOff = outbox.isSignedOut = true
  for (const { id } of outbox.own.session.unacked) if (id !== undefined) outbox.transient.add(id)
  scheduleSave(outbox)
}

/** The ids of sends that are not for another page are kept up to this number, and as long as they are not acknowledged. */
const MAX_TRANSIENT = 1_000

const addTransient = ({ own, transient }: Outbox, id: string): void => {
  transient.add(id)
  if (transient.size <= MAX_TRANSIENT) return
  const unacked = new Set(own.session.unacked.map((frame) => frame.id))
  for (const one of transient) if (transient.size > MAX_TRANSIENT / 2 && !unacked.has(one)) transient.delete(one)
}

const onAction = (outbox: Outbox, action: unknown): void => {
  const { id, whenOffline } = ((action as { readonly meta?: unknown } | undefined)?.meta ?? {}) as Record<
    string,
    unknown
  >
  if (whenOffline === 'drop' && typeof id === 'string') addTransient(outbox, id)
  if (typeof outbox.options.owner !== 'function') return
  const owner = ownerNow(outbox)
  const before = outbox.owner
  outbox.owner = owner
  if (before === owner) return
  if (before === undefined) void claimSlot(outbox)
  else outbox.own.context.taskQueue.enqueue(() => onOwnerChanged(outbox))
}

/** A connect to another place ends the session. What another page has left is compared with that place once the socket is open. */
const keepLeftover = <Result>(own: ConnectionSession, connect: () => Result): Result => {
  const { current, session } = own
  if (!session.isLeftOver) return connect()
  own.session = Object.assign(renew(own), { codec: session.codec })
  const result = connect()
  if (own.current !== current) session.phase = 'offline'
  own.session = session
  return result
}

/** Follows what changes the queue and what ends the session. */
const follow = (outbox: Outbox): void => {
  const { own } = outbox
  const { connection } = own.context
  const { close, connect, dispose, events } = connection
  const { note } = events
  const queue = queueOf(outbox)
  const { send } = queue
  const then = <Result>(result: Result): Result => {
    scheduleSave(outbox)
    return result
  }
  Object.assign(events, {
    note: (change) => {
      if ('queued' in change) scheduleSave(outbox)
      note(change)
    },
  } satisfies Partial<typeof events>)
  Object.assign(queue, {
    send: (outgoing) => {
      const { frame } = outgoing
      // It is stored once it is encoded.
      if (isPromiseLike(frame))
        frame.then(
          () => scheduleSave(outbox),
          () => {},
        )
      return send(outgoing)
    },
  } satisfies Partial<typeof queue>)
  Object.assign(connection, {
    close: (code, reason, isIdle) => {
      if (!isIdle) {
        outbox.isClosed = !outbox.slot
        refuseLeftover(outbox, 'closed')
      }
      return then(close(code, reason, isIdle))
    },
    connect: (...args) => {
      outbox.isClosed = false
      return then(keepLeftover(own, () => connect(...args)))
    },
    dispose: () => {
      outbox.isDisposed = true
      refuseLeftover(outbox, 'closed')
      then(dispose())
    },
  } satisfies Partial<Connection>)
}

const createHooks = (outbox: Outbox): FeatureHooks => {
  let stopPage: (() => void) | undefined
  return {
    beforeReady: (link) => prepare(outbox, link),
    onAction: (action) => onAction(outbox, action),
    onEvent: ({ type }) => {
      // What is sent while the connection is away is kept, also for a server without sessions.
      if (type === 'reconnecting') outbox.isOff = outbox.isSignedOut
      if (type !== 'opened') return
      settleLeftover(outbox)
      scheduleSave(outbox)
    },
    onActive: (isActive) => {
      stopPage?.()
      stopPage = isActive
        ? onPage('pagehide', ({ persisted }) => persisted || writeSnapshot(outbox, toRecord(outbox)))
        : undefined
    },
  }
}

const open = (own: ConnectionSession, storage: SessionStorage, options: OutboxOptions): SessionOutboxHooks => {
  const outbox = createOutbox(own, storage, options)
  follow(outbox)
  outbox.owner = ownerNow(outbox)
  void claimSlot(outbox)
  const isStored = (number: number) => isNumberStored(outbox, number)
  Object.assign(own.session, { isStored })
  // Before the first step of the session.
  own.context.hooks.attach(order.greeting - 0.5, createHooks(outbox))
  return {
    isStored,
    onChange: () => scheduleSave(outbox),
    hasUnsent: () => !!outbox.slot && !outbox.hasFailed && !outbox.isOff && hasSomething(outbox),
  }
}

/**
 * Keeps the session of a connection in a storage of your own, for example the AsyncStorage of React Native: the option `session: { storage }`. A store is given
 * one outbox for each of its connections.
 */
export const customStorage = (storage: SessionStorage, options: OutboxOptions = {}): SessionOutbox => {
  if (__DEV__) checkStorage(storage, options)
  return { open: (own: ConnectionSession) => open(own, storage, options) }
}
