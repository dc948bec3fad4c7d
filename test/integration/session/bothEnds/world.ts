import { jest } from '@jest/globals'
import { socketClose, socketConnect, socketSend } from '../../../../src/index.js'
import { socketRequest } from '../../../../src/rpc/index.js'
import { createAccount, type Account } from './account.js'
import { LossyLink } from './lossyLink.js'
import { ModelServer, TTL } from './modelServer.js'
import { ModelPages } from './modelPages.js'
import type { Bounds } from './modelStore.js'

// The client of the library in a store, and its server, over links that lose, delay and cut, on a clock that only the test moves.

const sides = ['both', 'client', 'server', 'nobody'] as const
const times = [20, 60, 120, 400, 1_100] as const
/** Between two moves of calm, in milliseconds. */
const CALM_MS = 50
const CALM_ROUNDS = 400
/** So many moves without a change: reports and acknowledgements may wait for others. */
const REST_ROUNDS = 5

/** Lets all promises settle. */
const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve))

export class World {
  readonly account: Account
  readonly #bounds: Bounds
  readonly #pages: ModelPages
  #links: LossyLink[] = []
  #server: ModelServer
  /** Those that have not closed yet, the present one included. */
  #servers: ModelServer[] = []
  #killing: Promise<void>[] = []
  #count = 0
  #isClientFrozen = false
  #isServerFrozen = false
  /** The last first frame that a server has taken, and what its client offered. */
  #lastHello: { readonly protocol: string; readonly data: string } | undefined

  constructor(bounds: Bounds, hasLog: boolean) {
    this.account = createAccount(hasLog)
    this.#bounds = bounds
    this.#server = this.#start()
    this.#pages = new ModelPages(bounds, this.account, (protocol) => this.#openLink(protocol))
  }

  readonly steps = {
    send: () => {
      const id = `m${++this.#count}`
      this.account.accepted.push(id)
      this.#store().dispatch(socketSend({ type: 'said', payload: id }, { id }))
    },
    request: () => {
      const n = ++this.#count
      this.account.outcomes.set(n, 'open')
      const handle = this.#store().dispatch(socketRequest('double', n, { timeout: Infinity }))
      const { page } = this.account
      void handle.then(({ data, error }) => {
        if (this.account.page !== page) return
        this.account.outcomes.set(n, error ? String(error.code) : data === n * 2 ? 'reply' : 'wrong reply')
        // A server that keeps the session keeps the request.
        if (error?.code === 'disconnected' && !this.account.mayBeLost)
          this.account.problems.push(`the request ${n} ends with disconnected`)
      })
    },
    tell: (n: number) => this.#server.tell(n, ++this.#count),
    up: (n: number) => this.#pick(n, (link) => this.#moveUp(link)),
    down: (n: number) => this.#pick(n, (link) => this.#moveDown(link)),
    upAll: () => {
      for (const link of this.#links) while (this.#moveUp(link));
    },
    downAll: () => {
      for (const link of this.#links) while (this.#moveDown(link));
    },
    /** The last link is faster than those before it. */
    newest: () => {
      const link = this.#links.at(-1)!
      for (let turn = 0; turn < 2; turn++) {
        while (this.#moveUp(link));
        while (this.#moveDown(link));
      }
    },
    /** Some of what is under way arrives, the rest is lost, and one end or both notice. */
    cut: (n: number) =>
      this.#pick(n, (link) => {
        for (let left = n % 3; left > 0; left--) this.#moveUp(link)
        for (let left = n % 5; left > 0; left--) this.#moveDown(link)
        link.cut(sides[n % 4]!)
      }),
    abandon: (n: number) => this.#pick(n, (link) => link.abandon()),
    settle: (n: number) => this.#server.settle(n),
    time: (n: number) => this.#pass(times[n % times.length]!),
    /** The machine sleeps: what has arrived is read before late timers run. */
    sleep: (n: number) => jest.setSystemTime(Date.now() + times[n % times.length]!),
    freezeClient: () => {
      this.#isClientFrozen = !this.#isClientFrozen
    },
    freezeServer: () => {
      this.#isServerFrozen = !this.#isServerFrozen
    },
    /** The same hello comes once more, over another connection. */
    duplicate: () => {
      if (!this.#lastHello) return
      const { data, protocol } = this.#lastHello
      const link = this.#openLink(protocol)
      link.isStray = true
      link.push('up', { is: 'data', data })
    },
    handover: () => void this.#store().dispatch(socketConnect({ handover: true })),
    leave: () => {
      this.account.mayBeLost = true
      void this.#store().dispatch(socketClose())
    },
    connect: () => this.#connect(),
    /** The server closes, and another one takes its place; `n` decides whether that one is there meanwhile. */
    deploy: (n: number) => {
      this.account.mayBeLost = true
      this.#server.close()
      if (n % 2 > 0) this.#server = this.#start()
    },
    kill: () => this.#kill(),
    /** The app of the server closes a connection. */
    refuse: (n: number) => {
      this.account.mayBeLost = this.account.hasEnded = true
      this.#server.refuse(n)
    },
    expire: () => {
      this.account.mayBeLost = true
      this.#pass(TTL + 100)
    },
    /** A write of the storage is done. */
    commit: () => void this.#pages.commit(),
    /** The page is reloaded, or is killed between any two writes and loaded again. */
    reload: (n: number) => this.#pages.reload(n),
    killPage: (n: number) => this.#pages.kill(n),
  }

  /** Takes one step. */
  async take(name: string, n: number): Promise<void> {
    const step = this.steps[name as 'up']
    this.account.log?.push([name, n])
    step(n)
    await settled()
  }

  /** No more faults: all that can still arrive does. Returns whether nothing is left. */
  async calm(): Promise<boolean> {
    this.#isClientFrozen = this.#isServerFrozen = false
    if (this.#server.closing) this.#server = this.#start()
    let rest = 0
    for (let round = 0; round < CALM_ROUNDS; round++) {
      // oxlint-disable no-await-in-loop -- one after the other
      await this.#calmDown()
      rest = this.#isAtRest() ? rest + 1 : 0
      if (rest > REST_ROUNDS) return true
      this.#pass(CALM_MS)
      await settled()
      // oxlint-enable no-await-in-loop
    }
    return false
  }

  /** Sessions that nobody asks for expire, while the client stays connected. */
  async expireOthers(): Promise<void> {
    for (let time = 0; time <= TTL; time += 500) {
      this.#pass(500)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await this.#calmDown()
    }
  }

  /** Where it is when it does not come to rest. */
  describe(): string {
    const { queued, status, unacknowledged } = this.#store()
    const open = [...this.account.outcomes].filter(([, outcome]) => outcome === 'open').map(([n]) => n)
    return `${status()}, ${queued()} queued, ${unacknowledged()} unacknowledged, open requests: ${open.join(', ')}`
  }

  async dispose(): Promise<void> {
    this.#pages.dispose()
    for (const link of this.#links) link.cut('both')
    const ending = Promise.all(this.#servers.map(async (server) => await server.kill()))
    await settled()
    jest.advanceTimersByTime(60_000)
    await ending
    await Promise.all(this.#killing)
    jest.clearAllTimers()
  }

  /** What a storage still has, when nothing is left to send. */
  findFaultOfStorage(): string | undefined {
    return this.#pages.findFault()
  }

  #store() {
    return this.#pages.store
  }

  #pass(ms: number) {
    this.#pages.beforeTime(ms)
    jest.advanceTimersByTime(ms)
  }

  #start(): ModelServer {
    const server = new ModelServer(this.#bounds, this.account)
    this.#servers.push(server)
    return server
  }

  #openLink(protocol: string): LossyLink {
    const { negotiate, attach } = this.#server.server
    const link = new LossyLink({ negotiate, attach }, protocol, this.#bounds.hasTerminate)
    link.number = ++this.#count
    this.#links = [...this.#links.filter((other) => !other.isOver()), link]
    return link
  }

  #connect() {
    const status = this.#store().status()
    if (status === 'closed' || status === 'failed') void this.#store().dispatch(socketConnect())
  }

  #pick(n: number, act: (link: LossyLink) => unknown) {
    if (this.#links.length > 0) act(this.#links[n % this.#links.length]!)
  }

  #moveUp(link: LossyLink): boolean {
    if (this.#isServerFrozen) return false
    const item = link.moveUp()
    this.#log('up', link, item)
    if (item?.is === 'data' && typeof item.data === 'string' && item.data.startsWith('${"is":"hello"'))
      this.#lastHello = { data: item.data, protocol: link.protocol }
    return item !== undefined
  }

  #moveDown(link: LossyLink): boolean {
    if (this.#isClientFrozen) return false
    const item = link.moveDown()
    this.#log('down', link, item)
    return item !== undefined
  }

  #log(direction: string, link: LossyLink, item: unknown) {
    if (item) this.account.log?.push([`  ${direction}`, link.number, item])
  }

  #kill() {
    this.account.mayBeLost = true
    const killed = this.#servers
    this.#servers = []
    for (const server of killed) this.#killing.push(server.kill())
    for (const link of this.#links) link.killServer()
    this.#server = this.#start()
  }

  async #calmDown(): Promise<void> {
    // Heartbeats find out about dead links, at both ends.
    for (const link of this.#links) link.findDead()
    this.#pages.commitAll()
    this.#connect()
    for (let turn = 0; turn < 20; turn++) {
      // oxlint-disable no-await-in-loop -- one after the other
      this.steps.upAll()
      for (const server of this.#servers) server.settleAll()
      this.#pages.commitAll()
      await settled()
      this.steps.downAll()
      await settled()
      if (this.#links.every(({ up, down }) => up.length + down.length === 0)) return
      // oxlint-enable no-await-in-loop
    }
  }

  #isAtRest(): boolean {
    const { queued, status, unacknowledged } = this.#store()
    const isDone = ![...this.account.outcomes.values()].includes('open')
    return status() === 'open' && queued() === 0 && unacknowledged() === 0 && isDone
  }
}
