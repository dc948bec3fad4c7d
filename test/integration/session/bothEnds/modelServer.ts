import { createSocketServer, type ServerConnection, type SocketServer } from '../../../../src/server/index.js'
import type { Account, Told } from './account.js'
import type { Bounds } from './modelStore.js'

/** How long a session waits for its client, in milliseconds. */
export const TTL = 3_000

/** Reasons for which a server may lose a session. */
const destructive: ReadonlySet<string> = new Set(['expired', 'overflow', 'unconfirmed', 'restart'])

/** A server process, whose app writes down what it gets. */
export class ModelServer {
  readonly server: SocketServer
  /** A process that has been killed does nothing more, whatever its timers do. */
  isKilled = false
  /** Resolves when it has closed; `undefined` until it begins to. */
  closing: Promise<void> | undefined
  /** The promises of listeners that have not settled. */
  readonly #running: (() => void)[] = []
  readonly #account: Account

  constructor({ maxOut, hasRate }: Bounds, account: Account) {
    this.#account = account
    this.server = createSocketServer({
      noServer: true,
      session: { ttl: TTL, maxMessages: maxOut, ackInterval: 100, handleTimeout: 60_000 },
      // A burst that is smaller than the window of most clients: frames that arrive together wait.
      rate: hasRate && { perSecond: 40, burst: 3 },
      onError: ({ code, message }) => {
        if (code !== 'rate_limited') account.problems.push(`${code}: ${message}`)
      },
    })
    this.#listen()
  }

  /** The promise of a listener settles. */
  settle(n: number) {
    this.#running.splice(n % Math.max(1, this.#running.length), 1)[0]?.()
  }

  settleAll() {
    while (this.#running.length > 0) this.settle(0)
  }

  /** Sends to one of the connections, suspended ones included. */
  tell(n: number, message: number) {
    const all = [...this.server.connections]
    const connection = all[n % Math.max(1, all.length)]
    if (!connection) return
    const told: Told = { connection: connection.id, n: message }
    if (connection.emit('told', told)) this.#account.told.get(connection.id)!.push(message)
  }

  /** The app refuses one of its clients, as with a code for the app's own use: what waits of it is not processed. */
  refuse(n: number) {
    const all = [...this.server.connections]
    all[n % Math.max(1, all.length)]?.close(4000, 'refused')
  }

  close() {
    this.closing ??= this.server.close({ within: 2_000 })
  }

  /** The process ends at once. */
  async kill(): Promise<void> {
    this.isKilled = true
    for (const { id } of this.server.connections) this.#account.removed.set(id, 'killed')
    // Nobody waits for what its listeners did.
    this.#running.length = 0
    await this.server.close({ within: 0 })
  }

  #listen() {
    const { server } = this
    const { calls, finished, handled, removed, told } = this.#account
    server.on('add', ({ id }: ServerConnection) => void told.set(id, []))
    server.on('remove', ({ id }, { reason }) => {
      if (this.isKilled) return
      removed.set(id, reason)
      if (destructive.has(reason)) this.#account.mayBeLost = true
    })
    server.onMessage('said', (payload) => {
      if (this.isKilled) return undefined
      const id = payload as string
      handled.push(id)
      const finish = () => void finished.add(id)
      // Every third listener takes its time.
      if (handled.length % 3 > 0) return finish()
      return new Promise<void>((resolve) => this.#running.push(resolve)).then(finish)
    })
    server.methods({
      double: async (given) => {
        const n = given as number
        if (this.isKilled) return 0
        calls.set(n, (calls.get(n) ?? 0) + 1)
        if (n % 2 > 0) await new Promise<void>((resolve) => this.#running.push(resolve))
        return n * 2
      },
    })
  }
}
