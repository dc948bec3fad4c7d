import { messageOf } from '../../internal/errors.js'
import type { ServerContext } from '../context.js'
import type { ConnectionLifetime } from '../connection/lifetime.js'
import type { Packet } from '../connection/packets.js'
import type { InternalConnection } from '../connection/serverConnection.js'
import { KeptConnection, type KeptConnectionConfig } from './keptConnection.js'
import { readSavedData } from './savedData.js'
import type { SocketLink } from './sessionLink.js'
import type { SessionEnd, SessionHost } from './sessionNode.js'
import type { SessionSettings } from './sessionOptions.js'
import type { Session, SessionLink } from './session.js'

/** What `createSessions` needs. */
export interface SessionsConfig {
  readonly context: ServerContext
  readonly settings: SessionSettings
  readonly lifetime: ConnectionLifetime
}

/** The state of the sessions of a server. */
export interface SessionsState extends SessionsConfig {
  /** The connections of sessions that are not over. */
  readonly bySession: Map<Session<Packet>, KeptConnection>
  readonly byConnection: Map<InternalConnection, KeptConnection>
  /** Those that have frames that wait, also of sessions that are over. */
  readonly draining: Set<KeptConnection>
  emptyWaiters: (() => void)[]
}

const onEnd = (state: SessionsState, session: Session<Packet>, reason: SessionEnd): void => {
  const kept = state.bySession.get(session)
  if (!kept) return
  state.bySession.delete(session)
  state.draining.add(kept)
  kept.end(reason)
}

/** All frames of a session that is over are done. */
export const onDrained = (state: SessionsState, kept: KeptConnection): void => {
  state.draining.delete(kept)
  if (kept.connection) state.byConnection.delete(kept.connection)
  if (state.draining.size + state.bySession.size > 0) return
  for (const resolve of state.emptyWaiters.splice(0)) resolve()
}

const begin = (
  state: SessionsState,
  config: KeptConnectionConfig,
  session: Session<Packet>,
  link: SessionLink<Packet>,
  data: string | undefined,
): void => {
  const kept = new KeptConnection(session, link as SocketLink, config)
  state.bySession.set(session, kept)
  kept.begin(data === undefined ? undefined : readSavedData(data))
}

/** Creates what the sessions of a server do to its connections. */
export const createSessionHost = (state: SessionsState, config: () => KeptConnectionConfig): SessionHost<Packet> => {
  const { report } = state.context
  const keptOf = (session: Session<Packet>) => state.bySession.get(session)
  return {
    onBegin: (session, link, data) => begin(state, config(), session, link, data),
    mayResume: (session) => keptOf(session)?.mayResume() ?? true,
    onResume: (session, link) => keptOf(session)?.resume(link as SocketLink),
    onSuspend: (session) => keptOf(session)?.suspend(),
    onProgress: (session) => keptOf(session)?.progress(),
    onAcknowledged: (session) => keptOf(session)?.acknowledged(),
    onEnd: (session, reason) => onEnd(state, session, reason),
    onUndelivered: (session, frames) => {
      const connection = keptOf(session)?.connection
      const message = `${frames.length} messages are lost: the session is over before the store had them.`
      connection?.report('session_undelivered', message)
    },
    onStoreError: (error) =>
      report({ code: 'session_store_failed', message: `The store of sessions failed: ${messageOf(error)}`, error }),
  }
}
