import type { ServerConnection, SocketServerSettings } from '../../../src/server/index.js'
import type { SessionStore } from '../../../src/server/redis/index.js'
import { createQueue, startServer } from '../support.js'
import { watchReach } from './watchReach.js'

/** A message as a listener got it. */
export interface Handled {
  readonly value: unknown
  readonly isRedelivered: boolean
}

/** A server of this process that keeps its sessions in a store, and counts the messages of the type `said`. */
export const startSessionNode = async (store: SessionStore, options: SocketServerSettings = {}) => {
  const started = await startServer({ ...options, session: { store, ackInterval: 5, ...options.session } })
  const { server } = started
  const handled: Handled[] = []
  const removed = createQueue<string>()
  server.onMessage('said', (value, _sender, { isRedelivered }) => void handled.push({ value, isRedelivered }))
  server.on('remove', (_connection, { reason }) => removed.push(reason))
  const { until } = watchReach(store)
  await until(true)
  return { ...started, handled, removed, until }
}

/** The same store for a process that does not answer requests to release a session. */
export const silent = (store: SessionStore): SessionStore => ({ ...store, answerReleases: () => () => {} })

/** The only connection of a server. */
export const onlyConnection = ({ server }: Awaited<ReturnType<typeof startSessionNode>>): ServerConnection => {
  const [connection] = server.connections
  if (!connection) throw new Error('there is a connection')
  return connection
}
