import type { SessionOutbox } from '../../middleware/featureOptions.js'
import type { Connection } from '../../connection/connection.js'
import type { Link } from '../../connection/hooks.js'
import { redact } from '../../connection/address.js'
import { show } from '../../internal/errors.js'
import { isPromiseLike } from '../../internal/maybePromise.js'
import type { FeatureHooks } from '../../middleware/feature.js'
import * as order from '../../middleware/order.js'
import { renew, type ConnectionSession, type SessionOutboxHooks } from '../connectionSession.js'
import { checkStorage } from './checkStorage.js'
import { adoptLeftover, refuseLeftover, settleLeftover } from './leftover.js'
import { createOutbox, queueOf, type Outbox, type OutboxOptions } from './outboxState.js'
import { isOwnerKnown, onOwnerChanged, ownerNow } from './owner.js'
import { failStorage, isNumberStored, saveAtOnce, scheduleSave, whenSaved, withLimit } from './saving.js'
import { isStoredSession, type SessionStorage, type StorageSlot } from './storedSession.js'

/** Asks the storage for a slot, once. A session that has begun already is not stored: what another page has left would take its place. */
const claimSlot = (outbox: Outbox): Promise<void> | undefined => {
  const { own, storage } = outbox
  const { name, taskQueue } = own.context
  const { key, unacked } = own.session
  if (!isOwnerKnown(outbox) || key !== undefined || unacked.length) return outbox.claimed
  return (outbox.claimed ??= withLimit(() => storage.claim(name))
    .then((slot) => taskQueue.enqueue(() => onClaimed(outbox, slot)))
    .catch((error: unknown) => failStorage(outbox, error)))
}

/** Whether another page's frames can be sent: by a codec of the app, and the one of the open socket. */
const knowsCodec = ({ own: { context } }: Outbox, left: string, selected = left): boolean => {
  const { codec, codecs = [codec] } = context.options
  return left === selected && codecs.some((one) => (one?.subprotocol ?? '') === left)
}

/** Refuses what another page has left unless it is for this user, this place and this codec. Returns whether it stays. */
const checkLeftover = (outbox: Outbox, selected?: string): boolean => {
  const { leftover } = outbox
  if (!leftover) return false
  const { codec, owner, url } = leftover
  const isOurs =
    owner === outbox.owner &&
    !outbox.isSignedOut &&
    (url === undefined || outbox.url === undefined || url === outbox.url) &&
    (codec === undefined || knowsCodec(outbox, codec, selected))
  if (!isOurs) refuseLeftover(outbox, 'replaced')
  return isOurs
}

/** The storage has answered. */
const onClaimed = (outbox: Outbox, slot: StorageSlot): void => {
  const { stored } = slot
  if (outbox.hasFailed || outbox.isDisposed) return slot.close()
  outbox.slot = slot
  outbox.hasRecord = !!stored
  if (stored && !isStoredSession(stored)) {
    const error = new Error(
      __DEV__
        ? `expected "stored" to be a session as "save" was given it, or undefined, got ${show(stored)}`
        : 'stored',
    )
    return void failStorage(outbox, error)
  }
  if (stored) adoptLeftover(outbox, stored)
  if (outbox.isClosed) refuseLeftover(outbox, 'closed')
  // A connection that is opened by its first use has something to send.
  else if (checkLeftover(outbox)) outbox.own.context.connection.use()
  scheduleSave(outbox)
}

/** The step before `hello`. */
const prepare = async (outbox: Outbox, { signal }: Link): Promise<void> => {
  const socket = outbox.own.latest!
  updateOwner(outbox)
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

/** Takes the owner of the state, and acts on a change. */
const updateOwner = (outbox: Outbox): void => {
  const { owner: before, own } = outbox
  outbox.owner = ownerNow(outbox)
  if (before === outbox.owner) return
  if (before === undefined) void claimSlot(outbox)
  else own.context.taskQueue.enqueue(() => onOwnerChanged(outbox, before))
}

/** A send that is not for another page. It is under way already: others that are not any more are forgotten. */
const addTransient = (outbox: Outbox, id: string): void => {
  const { own, transient } = outbox
  const underWay = new Set([...own.session.unacked, ...queueOf(outbox).entries].map((one) => one.id))
  transient.add(id)
  for (const one of transient) if (!underWay.has(one)) transient.delete(one)
}

const onAction = (outbox: Outbox, action: unknown): void => {
  const { id, whenOffline } = ((action as { readonly meta?: unknown } | undefined)?.meta ?? {}) as Record<
    string,
    unknown
  >
  if (whenOffline === 'drop' && typeof id === 'string') addTransient(outbox, id)
  updateOwner(outbox)
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
  const andSave = <Result>(result: Result): Result => {
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
      return andSave(close(code, reason, isIdle))
    },
    connect: (...args) => {
      outbox.isClosed = false
      return andSave(keepLeftover(own, () => connect(...args)))
    },
    dispose: () => {
      outbox.isDisposed = true
      refuseLeftover(outbox, 'closed')
      andSave(dispose())
    },
  } satisfies Partial<Connection>)
}

const createHooks = (outbox: Outbox): FeatureHooks => ({
  beforeReady: (link) => prepare(outbox, link),
  onAction: (action) => onAction(outbox, action),
  onEvent: ({ type }) => {
    // What is sent while the connection is away is kept, also for a server without sessions.
    if (type === 'reconnecting') outbox.isOff = outbox.isSignedOut
    if (type !== 'opened') return
    settleLeftover(outbox)
    scheduleSave(outbox)
  },
})

const open = (own: ConnectionSession, storage: SessionStorage, options: OutboxOptions): SessionOutboxHooks => {
  const outbox = createOutbox(own, storage, options)
  follow(outbox)
  updateOwner(outbox)
  void claimSlot(outbox)
  // Before the first step of the session.
  own.context.hooks.attach(order.greeting - 0.5, createHooks(outbox))
  return {
    isStored: (number) => isNumberStored(outbox, number),
    onChange: () => scheduleSave(outbox),
    onPageLeft: () => saveAtOnce(outbox),
  }
}

/**
 * Keeps the session of a connection in a storage of your own, for example the AsyncStorage of React Native: the option `session: { storage }`. A store is given
 * one outbox for each of its connections. See docs/sessions.md#an-outbox-that-survives-a-reload.
 */
export const customStorage = (storage: SessionStorage, options: OutboxOptions = {}): SessionOutbox => {
  if (__DEV__) checkStorage(storage, options)
  return { open: (own: ConnectionSession) => open(own, storage, options) }
}
