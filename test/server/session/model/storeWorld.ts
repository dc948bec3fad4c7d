import type { NodeSessions } from '../../../../src/server/session/nodeSessions.js'
import type { Session } from '../../../../src/server/session/session.js'
import type { SessionEnd, SessionHost } from '../../../../src/server/session/sessionNode.js'
import type { SessionStore } from '../../../../src/server/session/sessionStore.js'
import { createModelStore, type ModelStore } from '../../../support/session/modelStore.js'
import { ModelClient, type ModelFrame } from './modelClient.js'
import { ModelLink, type NodeModule } from './modelWorld.js'

// A client, two server processes that share a store, and links between them that can be cut at any frame. Each call of the store waits until the world
// carries it out, and then until the world delivers its answer.

const MAX_ORPHANS = 2
const MAX_TOMBSTONES = 4

/** A call of the store that has no answer yet. */
interface StoreCall {
  readonly run: () => unknown
  readonly resolve: (answer: never) => void
  readonly reject: (error: Error) => void
  /** Set once the store has carried it out. */
  answer?: { readonly value: unknown }
}

/** What happened, as the checks at the end need it. */
const createReport = () => ({
  handled: [] as { readonly message: string; readonly isRedelivered: boolean }[],
  reported: new Map<string, string>(),
  acknowledged: new Set<string>(),
  accepted: new Set<string>(),
  verdicts: [] as { readonly session: string; readonly id: string }[],
  ended: new Set<string>(),
  said: new Map<string, string[]>(),
  delivered: new Map<string, string[]>(),
  /** Messages of servers that died with their process, or were reported as undelivered. */
  excused: new Set<string>(),
  /** Something happened after which a verdict of `lost` is right. */
  wasDestroyed: false,
  /** Something happened after which a second delivery that is marked is right. */
  wasUnclean: false,
})

export type StoreReport = ReturnType<typeof createReport>

const destructive: ReadonlySet<SessionEnd> = new Set(['overflow', 'expired', 'unconfirmed'])

/** A server process. */
class StoreNode {
  readonly name: string
  readonly node: NodeSessions<string>
  /** Frames whose handlers have not settled. */
  pending: { readonly session: Session<string>; readonly number: number }[] = []
  calls: StoreCall[] = []
  isDead = false
  readonly #world: StoreWorld

  constructor(name: string, world: StoreWorld, { module, maxOut }: StoreWorldOptions) {
    this.name = name
    this.#world = world
    const { report } = world
    const host: SessionHost<string> = {
      onBegin: ({ id }) => {
        if (!report.said.has(id)) report.said.set(id, [])
      },
      mayResume: () => true,
      onResume: () => {},
      onSuspend: () => {},
      onProgress: () => {},
      onAcknowledged: () => {},
      onEnd: (_session, reason) => {
        // Another process may be about to take it, without an answer then.
        if (destructive.has(reason)) report.wasDestroyed = report.wasUnclean = true
      },
      onUndelivered: (_session, frames) => {
        for (const message of frames) report.excused.add(message)
      },
      onStoreError: () => {},
    }
    const bounds = { ttl: 1000, maxMessages: maxOut, maxBytes: 1e6, maxTotalBytes: 1e9 }
    this.node = module.createNodeSessions({
      name,
      store: this.#store(),
      host,
      limits: {
        ...bounds,
        maxOrphans: MAX_ORPHANS,
        maxTombstones: MAX_TOMBSTONES,
        maxSuspended: 50,
        maxSuspendedTotal: 99,
      },
      createId: () => `s${world.next()}`,
      createKey: () => `k${world.next()}`,
      hashOf: (key) => `#${key}`,
      costOf: (message) => ({ bytes: message.length, shared: undefined }),
      terms: { ttl: 1000, window: { messages: maxOut, bytes: 1e6 }, maxPayload: 1e6 },
      dataOf: () => '{}',
      toStored: (message) => message,
      fromStored: String,
    })
  }

  receive(link: ModelLink, frame: ModelFrame) {
    const { node } = this
    if ('close' in frame) return
    if ('message' in frame) {
      const taken = node.take(link, frame.message.length)
      if (!taken) return
      this.pending.push(taken)
      this.#world.report.handled.push({ message: frame.message, isRedelivered: taken.isRedelivered })
      return
    }
    if (frame.is === 'hello') {
      if (link.hasGreeted) return link.close(4400)
      link.hasGreeted = true
      return void node.hello(link, frame)
    }
    if (frame.is === 'ack') return void node.ack(link, frame.received)
    const session = frame.is === 'bye' ? node.bye(link, frame.received) : undefined
    if (session) node.end(session, 1000, '')
  }

  /** The promise of a handler settles. */
  settle(pick: number) {
    if (this.pending.length === 0) return
    const [taken] = this.pending.splice(pick % this.pending.length, 1)
    this.node.handled(taken!.session, taken!.number)
  }

  ackDue() {
    for (const session of this.node.sessions()) this.node.acknowledge(session)
  }

  expire() {
    for (const session of Array.from(this.node.sessions()))
      if (!session.link) this.node.lose(session, 'expired', 1013, '')
  }

  /** The store carries out the first calls; with `answers` they are answered too. */
  flush(count: number, answers: boolean) {
    for (const call of this.calls.slice(0, count)) call.answer ??= { value: call.run() }
    if (!answers) return
    for (const call of this.calls.splice(0, count)) call.resolve(call.answer!.value as never)
  }

  /** The connection to the store is lost: what is under way was carried out, or not. */
  loseStore(isCarriedOut: boolean) {
    this.node.pause()
    if (isCarriedOut) for (const call of this.calls) call.answer ??= { value: call.run() }
    for (const call of this.calls.splice(0)) call.reject(new Error('the store is out of reach'))
  }

  #call<Answer>(run: () => Answer): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      if (!this.isDead) this.calls.push({ run, resolve, reject })
    })
  }

  #store(): SessionStore {
    const { store, report } = this.#world
    const call =
      (name: keyof ModelStore & keyof SessionStore) =>
      (...args: readonly unknown[]) =>
        this.#call(() => (store[name] as (...all: readonly unknown[]) => never)(...args))
    return {
      create: call('create'),
      find: call('find'),
      peek: call('peek'),
      append: call('append'),
      handled: call('handled'),
      acked: call('acked'),
      release: call('release'),
      restore: call('restore'),
      remove: call('remove'),
      claim: (hash, node, turn, sent) =>
        this.#call(() => {
          const record = store.claim(hash, node, turn, sent)
          // Three owners died over the same message: it is the message.
          if (typeof record === 'object' && record.tries > 3) report.wasDestroyed = true
          return record
        }),
      requestRelease: (node, hash, turn) => this.#world.requestRelease(node, hash, turn),
      answerReleases: () => () => {},
      onReach: () => () => {},
      close: () => Promise.resolve(),
    }
  }
}

export class StoreWorld {
  readonly report = createReport()
  readonly store = createModelStore()
  readonly log: string[] = []
  readonly client: ModelClient
  readonly #limits: StoreWorldOptions
  #nodes: StoreNode[]
  #links: ModelLink[] = []
  #counter = 0
  #incarnation = 0
  /** Requests to release a session that have no answer. */
  #requests = new Set<(isReleased: boolean) => void>()

  constructor(options: StoreWorldOptions) {
    this.#limits = options
    const { window, maxQueue } = options
    this.client = new ModelClient({ window, maxQueue, tell: (type, payload) => this.#tell(type, payload) })
    this.#nodes = [this.#start(), this.#start()]
  }

  next(): number {
    return ++this.#counter
  }

  requestRelease(name: string, hash: string, turn: number): Promise<boolean> {
    const node = this.#nodes.find((one) => one.name === name)
    if (!node || node.node.isPaused()) return Promise.resolve(false)
    return new Promise<boolean>((resolve) => {
      const settle = (isReleased: boolean): void => {
        this.#requests.delete(settle)
        resolve(isReleased)
      }
      this.#requests.add(settle)
      void node.node.release(hash, turn).then(settle)
    })
  }

  readonly steps: Readonly<Record<string, (n: number) => unknown>> = {
    clientSend: () => {
      const id = `c${this.next()}`
      this.report.accepted.add(id)
      this.client.send(id)
    },
    serverSend: (n) => {
      const all = this.#nodes.flatMap(({ node }) => Array.from(node.sessions(), (session) => ({ node, session })))
      const one = all[n % Math.max(1, all.length)]
      if (!one) return
      const message = `s${this.next()}`
      if (one.node.send(one.session, message)) this.report.said.get(one.session.id)!.push(message)
    },
    up: (n) => this.#withOpenLink(n, (link) => this.#moveUp(link)),
    down: (n) => this.#withOpenLink(n, (link) => this.#moveDown(link)),
    upAll: () => {
      for (const link of this.#links) while (this.#moveUp(link));
    },
    downAll: () => {
      for (const link of this.#links) while (this.#moveDown(link));
    },
    settle: (n) => this.#pick(n).settle(n),
    flush: (n) => this.#pick(n).flush(1 + (n % 4), true),
    carryOut: (n) => this.#pick(n).flush(1 + (n % 4), false),
    acks: (n) => (n % 2 ? this.client.ackDue() : this.#pick(n >> 1).ackDue()),
    cut: (n) => this.#withOpenLink(n, (link) => this.#cut(link, (['both', 'client', 'server'] as const)[n % 3]!)),
    connect: (n) => this.#connect(n),
    expire: (n) => this.#pick(n).expire(),
    kill: (n) => this.#kill(n),
    close: (n) => this.#close(n % 2),
    pause: (n) => {
      this.report.wasUnclean = true
      this.#pick(n).node.pause()
    },
    wake: (n) =>
      void this.#pick(n)
        .node.wake()
        .catch(() => {}),
    outage: (n) => {
      this.report.wasUnclean = true
      this.#pick(n).loseStore(n % 4 < 2)
    },
    timeout: () => {
      if (this.#requests.size > 0) this.report.wasUnclean = true
      for (const settle of this.#requests) settle(false)
    },
    snapshot: () => this.store.save(),
    restart: (n) => {
      this.report.wasDestroyed = this.report.wasUnclean = true
      this.store.restart((['none', 'some', 'all'] as const)[n % 3]!)
    },
  }

  /** No more faults: all that can still arrive does. */
  async calm(): Promise<boolean> {
    for (let round = 0; round < 60; round++) {
      for (const { node } of this.#nodes) void node.wake().catch(() => {})
      await this.#settleStores()
      this.steps['timeout']!(0)
      // The heartbeat finds half-open sockets, on both ends.
      for (const link of this.#links) {
        if ((link.serverGone || link.isClosing) && link.down.length === 0) this.#clientNotices(link)
        if (link.clientGone && link.up.length === 0) this.#serverNotices(link)
      }
      if (this.client.phase === 'offline') this.#connect(round)
      for (let turn = 0; turn < 6; turn++) await this.#calmTurn()
      const { unacked, queue } = this.client.sizes
      if (this.client.phase === 'ready' && unacked + queue === 0) return true
    }
    return false
  }

  async #calmTurn() {
    this.steps['upAll']!(0)
    for (const node of this.#nodes) while (node.pending.length > 0) node.settle(0)
    await this.#settleStores()
    for (const node of this.#nodes) node.ackDue()
    this.steps['downAll']!(0)
    this.client.ackDue()
  }

  /** Answers all calls of the store, also those that follow. */
  async #settleStores() {
    for (let quiet = 0; quiet < 3; quiet++) {
      await microtasks()
      if (this.#nodes.every(({ calls }) => calls.length === 0)) continue
      for (const node of this.#nodes) node.flush(Infinity, true)
      quiet = -1
    }
  }

  /** The first bound that does not hold. */
  overBound(): string | undefined {
    const { window, maxQueue, maxOut } = this.#limits
    const { unacked, queue } = this.client.sizes
    if (unacked > window) return `the client keeps ${unacked} unacknowledged messages`
    if (unacked + queue > window + maxQueue) return `the client keeps ${unacked + queue} messages`
    for (const { node } of this.#nodes) {
      for (const { out } of node.sessions()) if (out.count() > maxOut) return `a node keeps ${out.count()} messages`
      if (node.tombstones() > MAX_TOMBSTONES) return `a node keeps ${node.tombstones()} tombstones`
    }
    return undefined
  }

  #tell(type: string, payload: never) {
    this.log.push(`client: ${type} ${JSON.stringify(payload)}`)
    const { report } = this
    const { ids = [], reason = '', id = '', message = '', session = '' } = payload as Record<string, never>
    for (const one of ids as readonly string[]) {
      if (type === 'dropped') report.reported.set(one, reason)
      else report.acknowledged.add(one)
    }
    if (type === 'opened') report.verdicts.push({ session, id })
    if (type === 'ended') report.ended.add(id)
    if (type === 'message') report.delivered.set(id, [...(report.delivered.get(id) ?? []), message])
  }

  #start(): StoreNode {
    return new StoreNode(`node${++this.#incarnation}`, this, this.#limits)
  }

  #pick(n: number): StoreNode {
    return this.#nodes[n % 2]!
  }

  #withOpenLink(n: number, act: (link: ModelLink) => unknown) {
    const open = this.#links.filter(
      ({ up, down, clientGone, serverGone }) => up.length > 0 || down.length > 0 || !clientGone || !serverGone,
    )
    if (open.length > 0) act(open[n % open.length]!)
  }

  #moveUp(link: ModelLink): boolean {
    const server = link.server as StoreNode
    // A process that is paused reads nothing.
    if (link.serverGone || link.up.length === 0 || server.node.isPaused()) return false
    const frame = link.up.shift()!
    this.log.push(`${server.name} gets ${JSON.stringify(frame)}`)
    server.receive(link, frame)
    return true
  }

  #moveDown(link: ModelLink): boolean {
    const frame = link.down.shift()
    if (!frame) return false
    this.log.push(`client ${link.clientGone ? 'is gone for' : 'gets'} ${JSON.stringify(frame)}`)
    if (link.clientGone) return true
    if ('close' in frame) this.client.closed(link, frame.close)
    else this.client.receive(link, frame)
    return true
  }

  #serverNotices(link: ModelLink) {
    if (link.serverGone) return
    link.serverGone = true
    link.server.node.closed(link)
  }

  #clientNotices(link: ModelLink) {
    const wasGone = link.clientGone
    link.clientGone = 'cut'
    if (!wasGone) this.client.closed(link, 1006)
  }

  #cut(link: ModelLink, side: 'both' | 'client' | 'server') {
    link.up.length = 0
    link.down.length = 0
    if (side !== 'client') this.#serverNotices(link)
    if (side !== 'server') this.#clientNotices(link)
  }

  #connect(n: number) {
    const link = new ModelLink(this.#pick(n))
    for (const other of this.#links) other.clientGone ||= 'closed'
    this.#links.push(link)
    this.client.connect(link)
  }

  /** `kill -9`: what the store had was carried out, or not. */
  #kill(n: number) {
    const { report } = this
    report.wasUnclean = true
    const node = this.#pick(n)
    if (n % 4 < 2) for (const call of node.calls) call.answer ??= { value: call.run() }
    for (const { out, acked, stored, isRestored, sent } of node.node.sessions())
      for (let number = (isRestored ? acked : stored) + 1; number <= sent; number++)
        report.excused.add(out.get(number)!)
    node.isDead = true
    node.calls = []
    node.pending = []
    this.#nodes[n % 2] = this.#start()
    for (const link of this.#links) {
      if (link.server !== node) continue
      link.serverGone = true
      link.up.length = link.down.length = 0
      this.#clientNotices(link)
    }
  }

  /** `close()`: all that was taken is handled, and the sessions are handed over. */
  async #close(index: number) {
    const node = this.#nodes[index]!
    node.node.beginClose()
    void node.node.wake().catch(() => {})
    await this.#settleStores()
    while (node.pending.length > 0) node.settle(0)
    const handing = Array.from(node.node.sessions(), async (session) => await node.node.handOver(session))
    await this.#settleStores()
    await Promise.all(handing)
    this.#nodes[index] = this.#start()
    for (const link of this.#links) if (link.server === node) link.close(1012)
  }
}

export interface StoreWorldOptions {
  /** The state machine, or one with a rule left out. */
  readonly module: NodeModule
  readonly window: number
  readonly maxQueue: number
  readonly maxOut: number
}

/** Lets promises settle. */
export const microtasks = async (): Promise<void> => {
  await new Promise<void>((resolve) => setImmediate(resolve))
}
