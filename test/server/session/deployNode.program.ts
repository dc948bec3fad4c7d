import { createSocketServer } from '../../../src/server/index.js'

// A server with sessions in memory, in a process of its own. On `close` it closes, reports what it has handled and answered, and ends.

/** What the process reports. */
export interface DeployReport {
  readonly port?: number
  /** So many messages are handled. */
  readonly count?: number
  /** By client, in order. */
  readonly handled?: Readonly<Record<string, number[]>>
  readonly answered?: Readonly<Record<string, number[]>>
}

/** Of the message of a client. */
export type SaidPayload = readonly [client: number, n: number]

const port = Number(process.argv[2] ?? 0)
const REPORT_AT = Number(process.argv[3] ?? 0)
const report = (message: DeployReport, onSent = () => {}): void => void process.send?.(message, onSent)

const add = (lists: Record<string, number[]>, client: number, n: number): void => {
  ;(lists[client] ??= []).push(n)
}

const start = async (): Promise<void> => {
  const handled: Record<string, number[]> = {}
  const answered: Record<string, number[]> = {}
  let count = 0
  const server = createSocketServer({ port, host: '127.0.0.1', session: { ackInterval: 5 }, rate: false })
  server.onMessage('said', async (payload, sender) => {
    const [client, n] = payload as SaidPayload
    add(handled, client, n)
    // Some handlers are still running when the server closes.
    if (n % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
    if (sender.emit('answer', n)) add(answered, client, n)
    if (++count === REPORT_AT) report({ count })
  })
  process.on('message', () => {
    void server.close({ within: 20_000 }).then(() => report({ handled, answered }, () => process.exit()))
  })
  await server.ready
  report({ port: server.port! })
}

void start()
