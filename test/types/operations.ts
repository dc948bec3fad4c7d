// What operators use of the server: users, health, metrics, a logger.
import { prometheusMetrics } from '../../src/server/metrics/index.js'
import {
  createSocketServer,
  serverMetricDefinitions,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type ServerLogger,
  type ServerMetrics,
  type UserConnections,
} from '../../src/server/index.js'
import type { Equal, Expect } from './expect.js'

interface Account {
  readonly id: number
  readonly expiresAt: Date
}
declare const find: () => Promise<Account>

const server = createSocketServer({
  port: 0,
  authorize: async () => await find(),
  userId: (user) => {
    const same: Expect<Equal<typeof user, Account>> = true
    return String(user.id) + String(same)
  },
  metrics: prometheusMetrics({ labels: { server: 'chat' } }),
  logger: console,
})
for (const { user } of server.user('7').connections) void (user satisfies Account)
export const reached: number = server.user('7').send('x')
export const closed: Promise<number> = server.disconnectUser('7', 4403, 'banned')
// @ts-expect-error -- an id is a text
server.user(7)
createSocketServer({
  port: 0,
  authorize: () => ({ id: 7 }),
  // @ts-expect-error -- an id is a text
  userId: (user) => user.id,
})

// A contract types what is sent to a user.
const typed = createSocketServer.withTypes<{ send: { said: string } }>()({ port: 0, userId: () => 'x' })
typed.user('x').send({ said: 'hello' })
// @ts-expect-error -- not in the contract
typed.user('x').send({ say: 'hello' })
export type Sent = Parameters<UserConnections<{ send: 1; receive: 2; user: 3; params: 4 }>['send']>
export const isSent: Expect<Equal<Sent, [value: 1]>> = true

export const isReady: boolean = server.health().isReady
server.health().status satisfies 'starting' | 'ready' | 'failed' | 'closing' | 'closed'

export const isCounter: Expect<Equal<Extract<CounterName, 'connections' | 'problems'>, 'problems'>> = true
export const isGauge: Expect<Equal<Extract<GaugeName, 'connections' | 'problems'>, 'connections'>> = true
export const isHistogram: Expect<Equal<HistogramName, 'call_duration_seconds'>> = true
export const help: string = serverMetricDefinitions.connections.help

export const metrics: ServerMetrics = {
  count: (name, amount, labels) => void [name, amount.toFixed(), Object.entries(labels)],
  observe: () => {},
  gauge: (_name, read) => () => void read(),
}
// @ts-expect-error -- a gauge gives a function that removes it
metrics.gauge = () => {}

interface Pino {
  error: { (fields: unknown, text?: string, ...args: unknown[]): void; (text: string): void }
  warn: Pino['error']
  info: Pino['error']
  debug: Pino['error']
  readonly level: string
}
declare const pino: Pino
export const logger: ServerLogger = pino
