import { socketClose, socketConnect, socketReconnect, socketSend } from '../../../src/index.js'
import { jsonRpc, socketSubscribe, socketUnsubscribe } from '../../../src/rpc/index.js'
import { advanceTime } from '../fakeTime.js'
import { openSessionTab, type SessionTab } from './sessionTabs.js'
import { createSessionNetwork, type SessionNetwork } from './sessionNetwork.js'
import { createTabWorld, type TabWorld } from './tabWorld.js'

/** How long the server keeps a session without a connection, in milliseconds. */
const TTL = 30_000

export const sessionSteps = [
  'open',
  'close',
  'leave',
  'connect',
  'freeze',
  'wake',
  'crash',
  'crashAtNote',
  'stick',
  'unstick',
  'push',
  'send',
  'burst',
  'subscribe',
  'cut',
  'cutUnnoticed',
  'end',
  'reconnect',
  'wait',
] as const

export type SessionStep = readonly [(typeof sessionSteps)[number], number]

/** A page of the model. */
interface Page extends SessionTab {
  readonly index: number
  readonly accepted: string[]
  isAsleep: boolean
  /** It was asleep, or has closed: then it may miss something, and gets the verdict. */
  mayLose: boolean
  /** The id of its subscription to a channel of its own. */
  subscription: string | undefined
  /** When that has changed. */
  subscribedAt: number
}

interface Told {
  readonly connection: string
  readonly n: number
}

/** Random, but the same for the same seed. */
const createRandom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

/** Whether a send is one of the model, and not of a protocol. */
const isOfApp = (id: string): boolean => /^\d\d?:\d+$/.test(id)

/** Tabs of one origin that come, go, crash, freeze and get stuck, with one session at a real server. */
class SessionModel {
  readonly network: SessionNetwork
  readonly world: TabWorld
  readonly pages: Page[] = []
  readonly handled: string[] = []
  readonly told = new Map<string, number[]>()
  readonly removed = new Set<string>()
  #count = 0
  /** The first number of the last messages. */
  #calmFrom = 0

  constructor(seed: number) {
    const random = createRandom(seed)
    // Notes are slower than the network, or the other way round.
    const network = [2, 10, 30][random(3)]!
    const notes = [2, 8, 40][random(3)]!
    this.network = createSessionNetwork(
      { session: { ttl: TTL, ackInterval: 50 }, onError: () => {} },
      () => 1 + random(network),
    )
    this.world = createTabWorld({
      delay: () => 1 + random(notes),
      lockDelay: () => 1 + random(8),
      outDelay: () => random(notes),
      isRouted: true,
      network: this.network,
    })
    const { server } = this.network
    server.onMessage('say', (payload) => void this.handled.push(payload as string))
    server.on('add', ({ id }) => void this.told.set(id, []))
    server.on('remove', ({ id }) => void this.removed.add(id))
    this.open()
    this.open()
  }

  get alive(): Page[] {
    return this.pages.filter(({ tab }) => !tab.isGone)
  }

  open(n = 1): void {
    const shared = n % 2 === 0 ? this.alive.find(({ tab, isAsleep }) => !tab.isStuck && !isAsleep) : undefined
    const tab = openSessionTab(shared ? shared.tab : this.world.open({ patience: 2_000 }), {
      session: { maxMessages: 20, ackInterval: 60 },
      heartbeat: { interval: 2_000, timeout: 700 },
      connectTimeout: 4_000,
      protocol: jsonRpc(),
      closeTimeout: 500,
    })
    this.pages.push({
      ...tab,
      index: this.pages.length,
      accepted: [],
      isAsleep: false,
      mayLose: false,
      subscription: undefined,
      subscribedAt: 0,
    })
  }

  async take([step, n]: SessionStep): Promise<void> {
    const { alive } = this
    const page = alive[n % Math.max(1, alive.length)]
    if (step === 'open') {
      if (alive.length < 6) this.open(n)
    } else if (page) await this.#act(page, step, n)
    await advanceTime(step === 'wait' ? n * 10 : n % 15)
  }

  async #act(page: Page, step: SessionStep[0], n: number): Promise<void> {
    const { tab } = page
    const { network } = this
    if (step === 'push') this.push()
    if (step === 'cut') network.cutLast()
    if (step === 'cutUnnoticed') network.links.at(-1)?.cut(false)
    if (step === 'end') network.links.at(-1)?.close([1013, 1001, 4001][n % 3]!)
    if (step === 'crash') tab.crash()
    if (step === 'crashAtNote') this.#crashAtNote(page, n)
    if (step === 'unstick') tab.unstick()
    if (step === 'wake') this.#wake(page)
    if (tab.isStuck || page.isAsleep) return
    if (step === 'send') this.send(page)
    if (step === 'burst') for (let count = 0; count < 5; count++) this.send(page)
    if (step === 'subscribe') this.#subscribe(page)
    if (step === 'reconnect') tab.run(() => void page.dispatch(socketReconnect()))
    if (step === 'leave') {
      page.mayLose = true
      tab.run(() => void page.dispatch(socketClose()))
    }
    if (step === 'connect' && page.state().status === 'closed') tab.run(() => void page.dispatch(socketConnect()))
    if (step === 'stick') tab.stick()
    if (step === 'freeze') {
      for (const one of this.alive) if (one.tab === tab) one.isAsleep = one.mayLose = true
      tab.emit('freeze')
    }
    if (step === 'close') {
      tab.emit('pagehide')
      await advanceTime(2)
      tab.crash()
    }
  }

  #subscribe(page: Page): void {
    page.subscribedAt = Date.now()
    if (page.subscription === undefined) page.subscription = page.dispatch(socketSubscribe(`c${page.index}`))
    else {
      page.dispatch(socketUnsubscribe(page.subscription))
      page.subscription = undefined
    }
  }

  #wake(page: Page): void {
    if (!page.isAsleep) return
    for (const one of this.alive) if (one.tab === page.tab) one.isAsleep = false
    page.tab.emit('resume')
  }

  /** Crashes right before or after one of its next notes. */
  #crashAtNote({ tab }: Page, n: number): void {
    let left = n >> 1
    tab.onPost = (_data, isPosted) => {
      if (isPosted !== n % 2 > 0 || left-- > 0 || tab.isGone) return
      tab.onPost = undefined
      tab.crash()
    }
  }

  push(): void {
    for (const connection of this.network.server.connections) {
      const n = ++this.#count
      const told: Told = { connection: connection.id, n }
      if (connection.emit('said', told)) this.told.get(connection.id)?.push(n)
    }
  }

  send(page: Page): void {
    if (page.state().status === 'closed') return
    const id = `${page.index}:${++this.#count}`
    page.accepted.push(id)
    page.dispatch(socketSend({ type: 'say', payload: id }, { id }))
  }

  /** No more faults: all that can still arrive does. */
  async calm(): Promise<void> {
    for (const page of this.alive) {
      page.tab.onPost = undefined
      page.tab.unstick()
      this.#wake(page)
    }
    await advanceTime(1_000)
    for (const page of this.alive) {
      if (page.state().status === 'closed') page.tab.run(() => void page.dispatch(socketConnect()))
    }
    await advanceTime(12_000)
    this.#calmFrom = this.#count
    for (const page of this.alive) {
      this.push()
      this.send(page)
    }
    await advanceTime(3_000)
  }

  /** The first promise that was broken. */
  fault(): string | undefined {
    for (const page of this.pages) {
      const fault = this.#faultOfSends(page) ?? this.#faultOfMessages(page)
      if (fault !== undefined) return `tab ${page.index}: ${fault}`
    }
    const { alive } = this
    for (const page of alive) {
      if (page.subscription !== undefined && !this.#countOf(page)) return `tab ${page.index}: its subscription is gone`
    }
    if (alive.length && this.network.live() !== 1) return `${this.network.live()} connections are open`
    return undefined
  }

  /** How many subscriptions the server has for a page: more than one where it was lost before it knew of one. */
  #countOf({ index }: Page): number {
    const all = [...this.network.server.connections].flatMap(({ subscriptions }) => subscriptions)
    return all.filter(({ channel }) => channel === `c${index}`).length
  }

  /** What a page has at the server ends when it crashes, and nothing else does. */
  async faultOfCrash(): Promise<string | undefined> {
    const { alive } = this
    const before = new Map(alive.map((page) => [page, this.#countOf(page)]))
    const { tab } = alive[this.#count % Math.max(1, alive.length)] ?? {}
    if (alive.every((page) => page.tab === tab)) return undefined
    tab?.crash()
    await advanceTime(3_000)
    for (const page of alive) {
      const ended = Number(page.tab === tab && page.subscription !== undefined)
      const count = this.#countOf(page)
      if (count !== before.get(page)! - ended) return `tab ${page.index}: ${count} subscriptions after a crash`
    }
    return undefined
  }

  #faultOfSends({ accepted, index, payloadsOf, tab }: Page): string | undefined {
    const own = this.handled.filter((id) => id.startsWith(`${index}:`))
    if (new Set(own).size < own.length) return `handled twice: ${own.join(' ')}`
    const expected = accepted.filter((id) => own.includes(id))
    if (own.join(' ') !== expected.join(' ')) return `handled out of order: ${own.join(' ')}`
    const done = payloadsOf<{ ids: string[] }>('socket/acknowledged').flatMap(({ ids }) => ids.filter(isOfApp))
    const dropped = payloadsOf<{ ids: string[]; reason: string }>('socket/dropped')
    const reported = dropped.flatMap(({ ids }) => ids.filter(isOfApp))
    if (new Set(done).size < done.length) return `acknowledged twice: ${done.join(' ')}`
    for (const id of done) if (!own.includes(id)) return `${id} is acknowledged and was never handled`
    for (const { ids, reason } of dropped) {
      const found = ids.find((id) => own.includes(id))
      if (found !== undefined && reason !== 'indeterminate') return `${found} is reported as ${reason} and was handled`
    }
    if (tab.isGone) return undefined
    for (const id of accepted) {
      const times = Number(done.includes(id)) + Number(reported.includes(id))
      if (times !== 1) return `${id} has ${times} reports`
    }
    return undefined
  }

  #faultOfMessages({ mayLose, recorder, state, tab, verdicts }: Page): string | undefined {
    if (!mayLose && verdicts().some((verdict, n) => verdict !== (n ? 'resumed' : 'new')))
      return `verdicts without a reason: ${verdicts().join(' ')}`
    let last: Told | undefined
    let isContinued = false
    for (const { type, payload } of recorder.all as { type: string; payload?: unknown }[]) {
      if (type === 'socket/opened' && (payload as { session: string }).session !== 'resumed') isContinued = false
      if (type !== 'said') continue
      const { connection, n } = payload as Told
      const all = this.told.get(connection)!
      const before = last?.connection === connection ? last.n : 0
      if (n <= before) return `${n} comes after ${before}`
      if (isContinued && all[all.indexOf(n) - 1] !== last?.n) return `${n} comes right after ${last?.n}`
      isContinued = true
      last = { connection, n }
    }
    if (tab.isGone) return undefined
    if (state().status !== 'open') return `it is ${state().status}`
    // Each connection was given one in the end, also one that no tab asks for any more.
    if (!last || last.n < this.#calmFrom) return `its last message is ${last?.n}`
    const end = this.told.get(last.connection)!.at(-1)
    if (last.n !== end) return `it lacks ${end}, its last is ${last.n}`
    return undefined
  }

  async dispose(): Promise<void> {
    for (const { dispose, tab } of this.pages) tab.run(dispose)
    this.world.dispose()
    await advanceTime(60_000)
  }
}

/** Plays steps. Returns the first promise that was broken. */
export const playSession = async (seed: number, steps: readonly SessionStep[]): Promise<string | undefined> => {
  const model = new SessionModel(seed)
  await advanceTime(60)
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (const step of steps) await model.take(step)
  await model.calm()
  const fault = model.fault() ?? (await model.faultOfCrash())
  await model.dispose()
  return fault
}
