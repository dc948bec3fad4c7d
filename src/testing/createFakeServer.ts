import type { ReceivedFrame } from '../internal/bytes.js'
import { isOwnProtocol } from '../internal/sessionFrames.js'
import { FakeConnection, type ConnectionBehaviour, type ConnectionHost } from './FakeConnection.js'
import { createFakeSocketClass, type FakeWebSocketClass } from './fakeSocketClass.js'
import type { FakeServer, FakeServerOptions, ReplyRule, ServedConnection } from './fakeServerTypes.js'
import { later, readJson } from './frames.js'
import { track } from './leftOpen.js'
import { describeWait, TestLog, toPredicate } from './matching.js'
import { quiet, waitFor } from './waiting.js'

const stateNames = ['connecting', 'open', 'closing', 'closed']

type Resolve<Value> = (value: Value) => void

const isLive = ({ socket }: FakeConnection): boolean => socket.readyState < 2

const nameOf = ({ url, socket }: FakeConnection): string => `${url} (${stateNames[socket.readyState]})`

const chooseFirst = (offered: readonly string[]): string => offered[0] ?? ''

/** A server that only the test's script answers for has no sessions. */
const chooseOfApp = (offered: readonly string[]): string => chooseFirst(offered.filter((name) => !isOwnProtocol(name)))

const settle = <Value>(waiters: Set<Resolve<Value>>, value: Value): void => {
  for (const resolve of waiters) resolve(value)
  waiters.clear()
}

class ScriptedServer implements FakeServer {
  readonly WebSocket: FakeWebSocketClass
  readonly connections: FakeConnection[] = []
  mode: FakeServer['mode']
  halfOpen: boolean
  lateDelivery: boolean
  slow: boolean
  mostLive = 0
  onAttempt: FakeServer['onAttempt'] = null

  readonly #options: FakeServerOptions
  readonly #messages: TestLog<unknown>
  #replies: readonly ReplyRule[] = []
  readonly #served = new Map<FakeConnection, ServedConnection>()
  #protocol: string | undefined
  /** Settles when every step of the script so far is done. */
  #script: Promise<unknown> = Promise.resolve()
  /** A step has waited too long for an open connection. */
  #isStuck = false
  readonly #attemptWaiters = new Set<Resolve<FakeConnection>>()
  readonly #openWaiters = new Set<Resolve<FakeConnection>>()

  constructor(options: FakeServerOptions) {
    this.#options = options
    this.#messages = new TestLog('server.next', options.nextTimeout)
    this.mode = options.mode ?? 'accept'
    this.halfOpen = options.halfOpen ?? false
    this.lateDelivery = options.lateDelivery ?? false
    this.slow = options.slow ?? false
    const host = this.#createHost()
    this.WebSocket = createFakeSocketClass({
      baseUrl: options.baseUrl,
      canTerminate: options.terminate ?? false,
      connect: (socket, offered) => {
        const connection = new FakeConnection(socket, offered, host)
        this.connections.push(connection)
        return connection
      },
      onCreated: () => this.#announce(this.last),
    })
    track(() => this.#findOpen())
  }

  get last(): FakeConnection {
    const connection = this.connections.at(-1)
    if (!connection) throw new Error('Expected a connection attempt, got none so far.')
    return connection
  }

  get live(): number {
    return this.connections.filter(isLive).length
  }

  get received(): readonly unknown[] {
    return this.connections.flatMap(({ received }) => received)
  }

  readonly accept = (protocol?: string): Promise<FakeConnection> =>
    this.#step(async () => {
      this.mode = 'accept'
      this.#protocol = protocol
      for (const connection of this.connections) this.#answer(connection)
      return (await this.#whenOpen()).at(-1) as FakeConnection
    })

  readonly refuse = (): Promise<void> =>
    this.#step(() => {
      this.mode = 'refuse'
      for (const connection of this.connections) connection.refuse()
    })

  readonly hold = (): Promise<void> => this.#step(() => void (this.mode = 'hold'))

  readonly send = (...values: readonly unknown[]): Promise<void> =>
    this.#each((connection) => values.forEach((value) => connection.send(value)))

  readonly sendRaw = (...frames: readonly (string | ArrayBuffer | ArrayBufferView)[]): Promise<void> =>
    this.#each((connection) => frames.forEach((frame) => connection.sendRaw(frame)))

  readonly cut = (): Promise<void> => this.#each((connection) => connection.cut())

  readonly close = (code?: number, reason?: string): Promise<void> =>
    this.#each((connection) => connection.close(code, reason))

  readonly freeze = (): Promise<void> => this.#each((connection) => connection.freeze())

  readonly next = (match: unknown = () => true): Promise<never> => this.#messages.next(match) as Promise<never>

  readonly nextAttempt = (): Promise<FakeConnection> => this.#waitFor('a connection attempt', this.#attemptWaiters)

  readonly reply = (match: unknown, answer: ReplyRule['answer']): (() => void) => {
    const rule = { matches: toPredicate(match, 'server.reply'), answer }
    this.#replies = [rule, ...this.#replies]
    return () => void (this.#replies = this.#replies.filter((other) => other !== rule))
  }

  #createHost(): ConnectionHost {
    const { codec, serve, protocol = serve ? chooseFirst : chooseOfApp } = this.#options
    // oxlint-disable-next-line typescript/no-this-alias
    const behaviour: Required<ConnectionBehaviour> = this
    return {
      behaviour,
      chooseProtocol: protocol,
      encode: (value) => (codec ? codec.encode(value as never) : JSON.stringify(value)) as string,
      decode: codec ? codec.decode : readJson,
      onFrame: (connection, frame) => this.#handle(connection, frame),
      onOpen: (connection) => this.#serve(connection),
      onChange: (connection) => this.#handleChange(connection),
    }
  }

  #announce(connection: FakeConnection): void {
    this.mostLive = Math.max(this.mostLive, this.live)
    this.onAttempt?.(connection)
    settle(this.#attemptWaiters, connection)
    // The mode at the time when the network handles the attempt counts.
    later(() => this.#answer(connection))
  }

  #answer(connection: FakeConnection): void {
    if (this.mode === 'accept') connection.accept(this.#protocol)
    if (this.mode === 'refuse') connection.refuse()
  }

  #serve(connection: FakeConnection): void {
    const { serve } = this.#options
    const { pathname, search } = new URL(connection.url)
    const transport = {
      protocol: connection.socket.protocol,
      send: (frame: string | Uint8Array) => later(() => connection.sendRaw(frame)),
      close: (code: number, reason: string) => later(() => connection.close(code, reason)),
      terminate: () => later(() => connection.cut()),
    }
    const offered = connection.offered.join(', ')
    const headers: Record<string, string> = offered === '' ? {} : { 'sec-websocket-protocol': offered }
    const request = { url: pathname + search, headers, socket: { remoteAddress: '127.0.0.1' } }
    if (serve) this.#served.set(connection, serve(transport, request))
    settle(this.#openWaiters, connection)
  }

  #handle(connection: FakeConnection, frame: ReceivedFrame): void {
    const message = connection.decode(frame)
    this.#messages.add(message)
    this.#served.get(connection)?.receive(frame)
    const rule = this.#replies.find(({ matches }) => matches(message))
    const answer: unknown = rule?.answer(message as never, connection)
    if (answer instanceof Promise) void answer.then((value) => this.#sendAnswer(connection, value))
    else this.#sendAnswer(connection, answer)
  }

  #sendAnswer(connection: FakeConnection, answer: unknown): void {
    if (answer !== undefined) connection.send(answer)
  }

  #handleChange(connection: FakeConnection): void {
    const { closed, closedBy } = connection
    if (!closed) return
    this.#served.get(connection)?.end(closedBy ? (closedBy.code ?? 1005) : closed.code, (closedBy ?? closed).reason)
    this.#served.delete(connection)
  }

  async #whenOpen(): Promise<FakeConnection[]> {
    const open = this.connections.filter(({ isOpen }) => isOpen)
    if (open.length > 0) return open
    try {
      await this.#waitFor('an open connection', this.#openWaiters)
    } catch (error) {
      this.#isStuck = true
      void quiet(this.#script)
      throw error
    }
    return await this.#whenOpen()
  }

  #each(act: (connection: FakeConnection) => void): Promise<void> {
    return this.#step(async () => (await this.#whenOpen()).forEach(act))
  }

  /** Steps run in the order of their calls. After one that fails, none runs. */
  #step<Result>(run: () => Result | Promise<Result>): Promise<Result> {
    const done = this.#script.then(run)
    this.#script = done
    // A step that is not awaited and never runs is no unhandled rejection.
    return this.#isStuck ? quiet(done) : done
  }

  #waitFor<Value>(what: string, waiters: Set<Resolve<Value>>): Promise<Value> {
    return waitFor({
      name: 'server',
      timeout: this.#options.nextTimeout,
      explain: () => describeWait(what, this.connections.map(nameOf)),
      start: (resolve) => {
        waiters.add(resolve)
        return () => void waiters.delete(resolve)
      },
    })
  }

  #findOpen(): readonly string[] {
    const open = this.connections.filter(isLive)
    const waits = this.#messages.pending()
    return [
      ...open.map((connection) => `a socket to ${nameOf(connection)}`),
      ...(waits === null ? [] : [`server.next: ${waits}`]),
    ]
  }
}

/**
 * Creates a server for tests, without a network, Node or timers: pass its `WebSocket` to the middleware, and write what the server does as steps:
 * `accept`, `send`, `cut`, `close`, `freeze`, `refuse`, `hold`. Steps run in the order of their calls, and each waits for an open connection if it needs one.
 * See docs/testing.md#the-fake-server.
 * @example
 * const server = createFakeServer()
 * const store = createStore({ url: 'ws://chat.test/', WebSocket: server.WebSocket })
 * void store.dispatch(socketConnect())
 * await server.send(said('welcome'))
 * await server.cut()
 */
export const createFakeServer = (options: FakeServerOptions = {}): FakeServer => new ScriptedServer(options)
