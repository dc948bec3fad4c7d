import type { ControlFrame } from '../../../../src/internal/sessionFrames.js'
import type { NodeSessions } from '../../../../src/server/session/nodeSessions.js'
import type { SessionEnd, SessionHost, SessionNodeConfig } from '../../../../src/server/session/sessionNode.js'
import type { Session, SessionLink } from '../../../../src/server/session/session.js'
import { ModelClient, type ClientRule, type ModelFrame } from './modelClient.js'

// A client, one server process, and links between them that can be cut at any frame.

/** The module under test, so that a copy of it with one rule left out can be tested too. */
export interface NodeModule {
  readonly createNodeSessions: (config: SessionNodeConfig<string>) => NodeSessions<string>
}

export interface WorldOptions {
  readonly module: NodeModule
  readonly window: number
  readonly maxQueue: number
  readonly maxOut: number
  readonly withoutClientRule?: ClientRule | undefined
}

const MAX_ORPHANS = 2
const MAX_TOMBSTONES = 4

/**
 * One WebSocket over one TCP connection: in order, and all that is under way is lost when it is cut. The end that closes it still gets what was under way;
 * an end that is gone without a close is noticed later, or never.
 */
class ModelLink implements SessionLink<string> {
  readonly owner = 'ann'
  readonly codec = ''
  readonly network = '::1'
  readonly up: ModelFrame[] = []
  readonly down: ModelFrame[] = []
  readonly server: ModelNode
  clientGone: false | 'closed' | 'cut' = false
  serverGone = false
  isClosing = false
  hasGreeted = false

  constructor(server: ModelNode) {
    this.server = server
  }

  isOver() {
    return this.serverGone || this.isClosing || this.clientGone === 'cut'
  }

  sendUp(frame: ModelFrame) {
    if (!this.clientGone) this.up.push(frame)
  }

  closeByClient() {
    this.clientGone ||= 'closed'
  }

  sendControl(frame: ControlFrame) {
    this.#sendDown(frame)
  }

  sendFrame(message: string) {
    this.#sendDown({ message })
  }

  close(code: number) {
    this.#sendDown({ close: code })
    this.isClosing = true
  }

  #sendDown(frame: ModelFrame) {
    if (!this.serverGone && !this.isClosing) this.down.push(frame)
  }
}

interface App {
  readonly begun: (id: string) => void
  readonly handled: (message: string) => void
  readonly ended: (id: string, reason: SessionEnd) => void
}

interface TakenMessage {
  readonly session: Session<string>
  readonly number: number
}

/** A server process. */
class ModelNode {
  readonly node: NodeSessions<string>
  /** Frames whose handlers have not settled. */
  pending: TakenMessage[] = []
  readonly #app: App

  constructor({ module, maxOut }: WorldOptions, app: App, random: () => number) {
    this.#app = app
    const host: SessionHost<string> = {
      onBegin: ({ id }) => app.begun(id),
      mayResume: () => true,
      onResume: () => {},
      onSuspend: () => {},
      onProgress: () => {},
      onAcknowledged: () => {},
      onEnd: ({ id }, reason) => app.ended(id, reason),
      onUndelivered: () => {},
      onStoreError: () => {},
    }
    const bounds = { ttl: 1000, maxMessages: maxOut, maxBytes: 1e6, maxTotalBytes: 1e9 }
    this.node = module.createNodeSessions({
      name: 'node',
      store: undefined,
      host,
      limits: {
        ...bounds,
        maxOrphans: MAX_ORPHANS,
        maxTombstones: MAX_TOMBSTONES,
        maxSuspended: 50,
        maxSuspendedTotal: 99,
      },
      createId: () => `s${random()}`,
      createKey: () => `k${random()}`,
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
      this.#app.handled(frame.message)
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

  close() {
    this.node.beginClose()
    while (this.pending.length > 0) this.settle(0)
    for (const session of Array.from(this.node.sessions())) this.node.end(session, 1012, 'restart')
  }
}

/** What happened, as the checks at the end need it. */
const createReport = () => ({
  handled: [] as string[],
  reported: new Map<string, string>(),
  acknowledged: new Set<string>(),
  accepted: new Set<string>(),
  verdicts: [] as { readonly session: string; readonly id: string }[],
  ended: new Set<string>(),
  said: new Map<string, string[]>(),
  delivered: new Map<string, string[]>(),
  /** Something happened after which a verdict of `lost` is right. */
  wasDestroyed: false,
})

export type Report = ReturnType<typeof createReport>

const destructive: ReadonlySet<SessionEnd> = new Set(['overflow', 'expired', 'unconfirmed'])

export class ModelWorld {
  readonly report = createReport()
  readonly log: string[] = []
  readonly client: ModelClient
  readonly #options: WorldOptions
  #node: ModelNode
  #links: ModelLink[] = []
  #counter = 0

  constructor(options: WorldOptions) {
    this.#options = options
    const { window, maxQueue, withoutClientRule } = options
    const tell = (type: string, payload: never) => this.#tell(type, payload)
    this.client = new ModelClient({ window, maxQueue, tell, without: withoutClientRule })
    this.#node = this.#start()
  }

  readonly steps = {
    clientSend: () => {
      const id = `c${++this.#counter}`
      this.report.accepted.add(id)
      this.client.send(id)
    },
    serverSend: (n: number) => {
      const all = Array.from(this.#node.node.sessions())
      const session = all[n % Math.max(1, all.length)]
      if (!session) return
      const message = `s${++this.#counter}`
      if (this.#node.node.send(session, message)) this.report.said.get(session.id)!.push(message)
    },
    up: (n: number) => this.#withOpenLink(n, (link) => this.#moveUp(link)),
    down: (n: number) => this.#withOpenLink(n, (link) => this.#moveDown(link)),
    upAll: () => {
      for (const link of this.#links) while (this.#moveUp(link));
    },
    downAll: () => {
      for (const link of this.#links) while (this.#moveDown(link));
    },
    settle: (n: number) => this.#node.settle(n),
    acks: (n: number) => (n % 2 ? this.client.ackDue() : this.#node.ackDue()),
    cut: (n: number) =>
      this.#withOpenLink(n, (link) => this.#cut(link, (['both', 'client', 'server'] as const)[n % 3]!)),
    connect: () => this.#connect(),
    expire: () => this.#node.expire(),
    kill: () => this.#kill(false),
    close: () => this.#kill(true),
  }

  /** No more faults: all that can still arrive does. */
  calm(): boolean {
    for (let round = 0; round < 60; round++) {
      // The heartbeat finds half-open sockets, on both ends.
      for (const link of this.#links) {
        if ((link.serverGone || link.isClosing) && link.down.length === 0) this.#clientNotices(link)
        if (link.clientGone && link.up.length === 0) this.#serverNotices(link)
      }
      if (this.client.phase === 'offline') this.#connect()
      for (let turn = 0; turn < 12; turn++) {
        this.steps.upAll()
        while (this.#node.pending.length > 0) this.#node.settle(0)
        this.#node.ackDue()
        this.steps.downAll()
        this.client.ackDue()
      }
      const { unacked, queue } = this.client.sizes
      if (this.client.phase === 'ready' && unacked + queue === 0) return true
    }
    return false
  }

  /** The first bound that does not hold. */
  overBound(): string | undefined {
    const { window, maxQueue, maxOut } = this.#options
    const { unacked, queue } = this.client.sizes
    if (unacked > window) return `the client keeps ${unacked} unacknowledged messages`
    if (unacked + queue > window + maxQueue) return `the client keeps ${unacked + queue} messages`
    const { node } = this.#node
    const sessions = Array.from(node.sessions())
    for (const { out } of sessions) if (out.count() > maxOut) return `the server keeps ${out.count()} messages`
    const orphans = sessions.filter(({ isConfirmed, link }) => !isConfirmed && !link).length
    if (orphans > MAX_ORPHANS) return `the server keeps ${orphans} sessions that were never confirmed`
    if (node.tombstones() > MAX_TOMBSTONES) return `the server keeps ${node.tombstones()} tombstones`
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

  #start(): ModelNode {
    const { report } = this
    const app: App = {
      begun: (id) => void report.said.set(id, []),
      handled: (message) => void report.handled.push(message),
      ended: (_id, reason) => {
        if (destructive.has(reason)) report.wasDestroyed = true
      },
    }
    return new ModelNode(this.#options, app, () => ++this.#counter)
  }

  #withOpenLink(n: number, act: (link: ModelLink) => unknown) {
    const open = this.#links.filter(
      ({ up, down, clientGone, serverGone }) => up.length > 0 || down.length > 0 || !clientGone || !serverGone,
    )
    if (open.length > 0) act(open[n % open.length]!)
  }

  #moveUp(link: ModelLink): boolean {
    if (link.serverGone || link.up.length === 0) return false
    const frame = link.up.shift()!
    this.log.push(`server gets ${JSON.stringify(frame)}`)
    link.server.receive(link, frame)
    return true
  }

  #moveDown(link: ModelLink): boolean {
    const frame = link.down.shift()
    if (!frame) return false
    this.log.push(`client ${link.clientGone ? 'is gone for' : 'gets'} ${JSON.stringify(frame)}`)
    if (link.clientGone && this.#options.withoutClientRule !== 'keepOldSocket') return true
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

  #connect() {
    const link = new ModelLink(this.#node)
    for (const other of this.#links) other.clientGone ||= 'closed'
    this.#links.push(link)
    this.client.connect(link)
  }

  #kill(isGraceful: boolean) {
    const node = this.#node
    if (isGraceful) node.close()
    this.report.wasDestroyed = true
    this.#node = this.#start()
    for (const link of this.#links) {
      if (link.server !== node) continue
      if (isGraceful) {
        link.close(1012)
        continue
      }
      link.serverGone = true
      link.up.length = link.down.length = 0
      this.#clientNotices(link)
    }
  }
}
