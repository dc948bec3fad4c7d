import type { SocketActions } from '../../actions/createSocketActions.js'
import { DEFAULT_NAME } from '../../actions/creators.js'
import { createEvent, type SocketEventCreator } from '../../actions/events.js'
import { isPromiseLike } from '../../internal/maybePromise.js'
import { idsOf } from '../connectionSession.js'
import type { Outbox } from './outboxState.js'
import type { NumberedSend } from './storedSession.js'

/** A send of another page that was too old to be sent. */
export interface ExpiredSend {
  /** The id of the send. */
  readonly id: string
  /** What was sent, as the codec decodes it; bytes are replaced as those of a received message are. */
  readonly data: unknown
  /** Whether the codec cannot decode it: `data` is then the frame itself where that is a text, and `undefined` for bytes. */
  readonly isRaw?: true
  /** When it was stored, in milliseconds since the epoch. */
  readonly at: number
}

/** What {@link socketExpired} carries. */
export interface ExpiredPayload {
  /** The oldest first. */
  readonly sends: readonly ExpiredSend[]
}

/** The actions of the storage of one connection. */
export interface StorageActions {
  /** The connection's name. */
  readonly name: string
  /** Sends of another page were too old to be sent. */
  readonly expired: SocketEventCreator<ExpiredPayload>
}

/**
 * Creates the actions of the storage of a named connection. It takes a set of `createSocketActions`, of which it uses the name.
 * See docs/sessions.md#an-outbox-that-survives-a-reload.
 */
export const createStorageActions = ({ name }: Pick<SocketActions, 'name'>): StorageActions => ({
  name,
  expired: createEvent(name, 'expired'),
})

/**
 * Sends of another page were too old to be sent: `{ sends: [{ id, data, at }] }`. The app may ask its user, and send the data again. A `socketDropped` with
 * the same ids and the reason `expired` follows.
 */
export const socketExpired = /* @__PURE__ */ createEvent<ExpiredPayload>(DEFAULT_NAME, 'expired')

/** Reports sends that are too old: what they were, then that they are dropped. */
export const reportExpired = ({ own: { context } }: Outbox, old: readonly NumberedSend[]): void => {
  const { connection, pipeline, store, taskQueue } = context
  if (!old.length) return
  const toSend = async ({ at = 0, data: frame, id = '' }: NumberedSend): Promise<ExpiredSend> => {
    let data
    try {
      const decoded = pipeline.decode(frame as never)
      data = pipeline.toPlain(isPromiseLike(decoded) ? await decoded : decoded, pipeline.keepBytes)
    } catch {
      // Another version of the app may have had another codec.
      return { id, data: typeof frame === 'string' ? frame : data, at, isRaw: true }
    }
    return { id, data, at }
  }
  void Promise.all(old.map(toSend)).then((sends) =>
    taskQueue.enqueue(() => {
      store.emit({ type: 'expired', payload: { sends } })
      connection.events.drop('expired', idsOf(old))
    }),
  )
}
