import { closeWithout } from '../connection/closeInfo.js'
import type { SocketsState } from '../state/socketSlice.js'
import type { ConnectionContext } from './feature.js'

/** Tells a state that was restored with a connection, or a queue, that does not exist. */
export const correctRestoredState = ({ connection, name, store }: ConnectionContext): void => {
  const state = store.api.getState() as { readonly socket?: SocketsState } | null | undefined
  const { status = 'idle', queued = 0 } = state?.socket?.[name] ?? {}
  const { emit } = connection.events
  if (!/^(idle|closed|failed)$/.test(status)) emit('closed', { ...closeWithout('abandoned'), next: 'closed' })
  if (queued) emit('changed', { queued: 0 })
}
