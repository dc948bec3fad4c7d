import { createClient } from 'redis'
import { createSocketServer } from '../../../src/server/index.js'
import { redisSessions } from '../../../src/server/redis/index.js'

// One node with sessions in a process of its own. It writes what it handles to a list in Redis, so that a `kill -9` of it loses no count, and echoes it.

/** An entry of the list `handled`. */
export interface HandledEntry {
  readonly value: string
  readonly isRedelivered: boolean
}

/** What a node reports to the test. */
export interface SessionNodeReport {
  readonly port?: number
  readonly removed?: string
}

const [url = ''] = process.argv.slice(2)
const report = (message: SessionNodeReport): void => void process.send?.(message)

const start = async (): Promise<void> => {
  const list = await createClient({ url }).connect()
  const store = redisSessions({ url, prefix: 'p:' })
  const server = createSocketServer({ port: 0, host: '127.0.0.1', session: { store, ackInterval: 5 }, rate: false })
  server.onMessage('said', async (value, sender, { isRedelivered }) => {
    await list.rPush('handled', JSON.stringify({ value: String(value), isRedelivered } satisfies HandledEntry))
    sender.send(value)
  })
  server.on('remove', (_connection, { reason }) => report({ removed: reason }))
  await server.ready
  await new Promise<void>((resolve) => {
    store.onReach((isReachable) => {
      if (isReachable) resolve()
    })
  })
  report({ port: server.port ?? 0 })
}

void start()
