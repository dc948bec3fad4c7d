import type { Subscriber } from '../../../../src/server/connection/channels.js'
import type { ChannelHub, ChannelHubConfig } from '../../../../src/server/history/channelHub.js'
import type { StoredHistory } from '../../../../src/server/history/historyStore.js'
import { json, type ChannelPosition } from '../../../../src/server/index.js'
import type { createPublication, PublicationConfig } from '../../../../src/server/history/publication.js'

// A channel with history on two nodes, with one store, a bus that loses what it carries while it is down, and a client that subscribes again and again, to
// either node, from where it stands. The nodes are the real ones; the store, the bus, the wire and the client are models without time.

/** The code under test: the real one, or one that was broken on purpose. */
export interface HubCode {
  readonly createChannelHub: (config: ChannelHubConfig) => ChannelHub
  readonly createPublication: typeof createPublication
}

/** A step: what happens, and a number that chooses the node or how much. */
export type WorldStep = readonly [name: StepName, n: number]

export type StepName =
  | 'publish'
  | 'bus'
  | 'read'
  | 'reply'
  | 'start'
  | 'busLose'
  | 'down'
  | 'cut'
  | 'subscribe'
  | 'busDown'
  | 'busUp'
  | 'expireStream'
  | 'expireMeta'
  | 'save'
  | 'restart'

/** A promise whose reactions run at once: the model decides when an answer arrives, and nothing happens between its steps. */
class Answer<Value> {
  #reactions: (() => void)[] = []
  #outcome: { readonly value: Value } | 'lost' | undefined
  #settle(outcome: { readonly value: Value } | 'lost'): void {
    if (this.#outcome) return
    this.#outcome = outcome
    for (const reaction of this.#reactions) reaction()
  }
  readonly fulfil = (value: Value): void => this.#settle({ value })
  readonly lose = (): void => this.#settle('lost')
  // oxlint-disable-next-line unicorn/no-thenable -- the code under test takes promises
  then<Next>(next: (value: Value) => Next | Answer<Next>, onLost?: () => unknown): Answer<Next> {
    const following = new Answer<Next>()
    const react = (): void => {
      if (this.#outcome === 'lost') {
        onLost?.()
        return following.lose()
      }
      const result = next(this.#outcome!.value)
      if (result instanceof Answer) result.then(following.fulfil, following.lose)
      else following.fulfil(result)
    }
    if (this.#outcome) react()
    else this.#reactions.push(react)
    return following
  }
}

interface Message extends ChannelPosition {
  readonly data: string
}

/** The store: `publish` and `read` are one step each. The epoch changes with the data, and with the run of Redis. */
const createModelStore = (size: number, hasRun: boolean) => {
  interface Meta {
    readonly epoch: number
    top: number
  }
  interface Data {
    meta: Meta | undefined
    entries: { readonly offset: number; readonly data: string }[]
  }
  let run = 1
  let born = 1
  let data: Data = { meta: undefined, entries: [] }
  let snapshot: Data = { meta: undefined, entries: [] }
  const ensure = (): Meta => (data.meta ??= { epoch: born++, top: 0 })
  const epochOf = ({ epoch }: Meta): string => (hasRun ? `${epoch}.${run}` : `${epoch}`)
  return {
    publish: (text: string): Message => {
      const meta = ensure()
      data.entries.push({ offset: ++meta.top, data: text })
      data.entries = data.entries.slice(-size)
      return { epoch: epochOf(meta), offset: meta.top, data: text }
    },
    read: (after: number): StoredHistory => {
      const meta = ensure()
      return {
        epoch: epochOf(meta),
        top: meta.top,
        first: data.entries[0]?.offset ?? meta.top + 1,
        entries: data.entries
          .filter(({ offset }) => offset > after)
          .map(({ offset, data: text }) => ({ offset, frame: JSON.stringify(text) })),
      }
    },
    expireStream: () => {
      data.entries = []
    },
    expireMeta: () => {
      data = { meta: undefined, entries: [] }
    },
    save: () => {
      snapshot = structuredClone(data)
    },
    restart: (loss: number) => {
      run++
      if (loss === 1) data = structuredClone(snapshot)
      if (loss === 2) data = { meta: undefined, entries: [] }
    },
  }
}

type ModelStore = ReturnType<typeof createModelStore>

/** What the client gets. */
type ClientFrame =
  | { readonly answer: ChannelPosition & { readonly recovered: boolean } }
  | { readonly missed: ChannelPosition }
  | { readonly push: { readonly offset: number; readonly data: string } }

const codec: PublicationConfig['codec'] = json()

/** A node: the real hub, behind a connection to the store that answers when the model says so. */
const createNode = ({ createChannelHub, createPublication }: HubCode, store: ModelStore) => {
  const reads: (() => void)[] = []
  const answers: (() => void)[] = []
  const starts: (() => void)[] = []
  const underWay = new Set<Answer<StoredHistory>>()
  const senders = new Map<Subscriber, (frame: ClientFrame) => void>()
  const publicationOf: PublicationConfig = {
    channel: 'c',
    codec,
    onEncodeError: (error) => {
      throw error
    },
  }
  const hub = createChannelHub({
    read: (after) => {
      const answer = new Answer<StoredHistory>()
      underWay.add(answer)
      reads.push(() => {
        const result = store.read(after)
        answers.push(() => {
          underWay.delete(answer)
          answer.fulfil(result)
        })
      })
      return answer as never
    },
    toPublication: (offset, frame) => createPublication(publicationOf, offset, frame),
    tellMissed: (subscriber, { epoch, offset }) => senders.get(subscriber)?.({ missed: { epoch, offset } }),
  })
  return {
    receive: ({ epoch, offset, data }: Message) => hub.receive({ epoch, offset }, JSON.stringify(data)),
    reconnected: () => hub.catchUp(),
    /** The connection to the store is lost, and with it the reads under way. */
    disconnected: () => {
      reads.length = answers.length = 0
      const lost = [...underWay]
      underWay.clear()
      for (const answer of lost) answer.lose()
    },
    /** As the server does it: the answer is sent before the subscription starts. An asynchronous codec may delay both. */
    subscribe: (send: (frame: ClientFrame) => void, since: ChannelPosition | undefined) => {
      const sendPacket: Subscriber['sendPacket'] = (packet) => {
        const { data } = packet as { readonly data: Buffer }
        const { params } = JSON.parse(data.toString()) as { readonly params: { offset: number; data: string } }
        send({ push: params })
        return true
      }
      const subscriber = { id: 'c#1', channel: 'c', codec, sendPacket } as unknown as Subscriber
      senders.set(subscriber, send)
      let hasLeft = false
      const leave = (): void => {
        hasLeft = true
        senders.delete(subscriber)
        hub.leave(subscriber)
      }
      const joining = hub.join(subscriber, since) as unknown as Answer<ChannelPosition & { recovered: boolean }>
      const startLater = (answer: ChannelPosition & { recovered: boolean }): void =>
        void starts.push(() => {
          if (hasLeft) return
          send({ answer })
          hub.start(subscriber)
        })
      joining.then(startLater, leave)
      return leave
    },
    read: (count: number) => {
      for (const task of reads.splice(0, count)) task()
    },
    start: () => {
      for (const task of starts.splice(0)) task()
    },
    reply: (count: number) => {
      for (const task of answers.splice(0, count)) task()
    },
  }
}

class Violation extends Error {}

/** The client: checks that what it gets follows what it had, unless it was told that something is missing. */
const createClient = (published: readonly string[], places: ReadonlyMap<string, number>) => {
  /** What it got since it was last told that something may be missing, as indexes of `published`. */
  let run: number[] = []
  let position: ChannelPosition | undefined
  let isAnswered = false
  const startAt = ({ epoch, offset }: ChannelPosition): void => {
    const place = places.get(`${epoch}:${offset}`)
    run = place === undefined ? [] : [place]
  }
  return {
    position: () => position,
    isAnswered: () => isAnswered,
    newest: () => run.at(-1) ?? -1,
    onCut: () => {
      isAnswered = false
    },
    take: (frame: ClientFrame) => {
      if ('answer' in frame) {
        const { recovered, epoch, offset } = frame.answer
        isAnswered = true
        if (!recovered) startAt(frame.answer)
        else if (position && (offset !== position.offset || epoch !== position.epoch))
          throw new Violation('it is recovered from another position than its own')
        position = { epoch, offset }
      } else if ('missed' in frame) {
        startAt(frame.missed)
        position = frame.missed
      } else {
        const { data, offset } = frame.push
        const index = published.indexOf(data)
        const last = run.at(-1)
        if (last !== undefined && index !== last + 1) throw new Violation(`after message ${last} came ${index}`)
        run.push(index)
        position = { epoch: position!.epoch, offset }
      }
    },
  }
}

/** Plays the steps, then lets everything arrive. @throws when the client lost something that nobody told it of, or got something twice */
export const playWorld = (steps: readonly WorldStep[], size: number, code: HubCode, hasRun = true): void => {
  const store = createModelStore(size, hasRun)
  const nodes = [createNode(code, store), createNode(code, store)] as const
  const inbox: [Message[], Message[]] = [[], []]
  const isDown = [false, false]
  const published: string[] = []
  const places = new Map<string, number>()
  const client = createClient(published, places)
  let leave = (): void => {}
  let wire: ClientFrame[] = []
  const lost: (Message | undefined)[] = []
  const of = <Item>(list: readonly [Item, Item], n: number): Item => list[n % 2 === 0 ? 0 : 1]
  const deliver = (count: number): void => wire.splice(0, count).forEach((frame) => client.take(frame))
  const up = (n: number): void => {
    if (!isDown[n % 2]) return
    isDown[n % 2] = false
    of(nodes, n).reconnected()
  }
  const cut = (): void => {
    leave()
    leave = () => {}
    wire = []
    client.onCut()
  }
  const actions: Record<StepName, (n: number) => void> = {
    publish: () => {
      const data = `m${published.length + 1}`
      published.push(data)
      const message = store.publish(data)
      places.set(`${message.epoch}:${message.offset}`, published.length - 1)
      for (const n of [0, 1]) if (!isDown[n]) of(inbox, n).push(message)
    },
    bus: (n) => {
      const message = of(inbox, n).shift()
      if (message) of(nodes, n).receive(message)
    },
    read: (n) => of(nodes, n).read(1 + (n % 3)),
    reply: (n) => of(nodes, n).reply(1 + (n % 3)),
    start: (n) => of(nodes, n).start(),
    // The bus loses a message and does not notice it.
    busLose: (n) => {
      lost.push(of(inbox, n).shift())
    },
    down: (n) => deliver(1 + (n % 3)),
    cut,
    subscribe: (n) => {
      cut()
      const mine = wire
      leave = of(nodes, n).subscribe((frame) => mine.push(frame), client.position())
    },
    busDown: (n) => {
      isDown[n % 2] = true
      of(inbox, n).length = 0
      of(nodes, n).disconnected()
    },
    busUp: up,
    expireStream: () => store.expireStream(),
    expireMeta: () => store.expireMeta(),
    save: () => store.save(),
    restart: (n) => {
      store.restart(n % 3)
      for (const node of [0, 1]) actions.busDown(node)
    },
  }
  const settle = (rounds: number): void => {
    for (let round = 0; round < rounds; round++) {
      for (const n of [0, 1]) while (of(inbox, n).length > 0) actions.bus(n)
      for (const node of nodes) {
        node.read(20)
        node.reply(20)
        node.start()
      }
      deliver(Infinity)
    }
  }
  for (const [name, n] of steps) actions[name](n)
  for (let round = 0; round < 30; round++) {
    up(0)
    up(1)
    if (!client.isAnswered() && round % 5 === 4) actions.subscribe(round)
    settle(1)
  }
  settle(9)
  const { epoch, top } = store.read(Infinity)
  const position = client.position()
  if (lost.length === 0 && position?.epoch === epoch && position.offset !== top)
    throw new Violation('the newest message is kept back')
  // The first may show another epoch, of which the client is told; the second must come.
  for (let more = 0; more < 2; more++) {
    actions.publish(0)
    settle(9)
  }
  if (client.newest() !== published.length - 1)
    throw new Violation(`the last ${published.length - 1 - client.newest()} messages never came`)
}
