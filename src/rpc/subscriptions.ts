import { messageOf } from '../internal/errors.js'
import type { Guard } from '../internal/guard.js'
import { isId, type RpcCall, type RpcId } from '../internal/jsonRpc.js'
import type { Acceptance, RpcDialect, ServerEnd, ServerPush, Topic } from './dialects.js'
import { failure, problemIn } from './messages.js'
import type { Asked, AskOptions, DirectSend } from './requests.js'
import { sharedName } from './sharedName.js'
import type { RequestResult, RpcProblem, SubscribeOptions } from './types.js'

/** The subscriptions of a connection: what the app wants, and what the server knows of it. */
export interface Subscriptions {
  /** Begins one, under an id of our own. */
  readonly add: (id: string, topic: Topic, options?: SubscribeOptions) => void
  /** Ends exactly that one; an unknown id is none. */
  readonly remove: (id: string) => void
  /** The server pushed something; `data` is plain. */
  readonly push: (push: ServerPush) => void
  /** The server ended one. */
  readonly ended: (end: ServerEnd) => void
  /** The socket is gone, and with it all that the server knew. */
  readonly lost: () => void
  /** Another socket is there: subscribes to all that is wanted. */
  readonly resume: (send: DirectSend) => void
  /** Whether an id is one. */
  readonly has: (id: string) => boolean
  /** How many there are. */
  readonly size: () => number
}

interface SubscriptionsConfig {
  readonly dialect: RpcDialect
  /** Runs what is the app's own. */
  readonly guard: Guard
  readonly ask: (call: RpcCall, options: AskOptions, done: (result: RequestResult<unknown>) => void) => Asked
  /** The server knows of these now; whether nothing can have been missed. */
  readonly active: (ids: readonly string[], recovered: boolean) => void
  /** The server refused them, or ended them. */
  readonly failed: (ids: readonly string[], error: RpcProblem) => void
  /** The server still pushes what nobody wants. */
  readonly stuck: (error: RpcProblem) => void
  /** Something for a subscription; `undefined` for what none of them asked for. */
  readonly deliver: (id: string | undefined, channel: string, data: unknown) => void
  /** Opens the connection if it sleeps. */
  readonly use: () => void
}

/**
 * What one subscription of the server's is for. It is brought to where it is wanted one request at a time:
 *
 *   off ──subscribe──▶ asking ──▶ on ──unsubscribe──▶ ending ──▶ off
 */
interface Entry extends Topic {
  readonly name: string
  /** Who wants it, by our ids. */
  readonly holders: Map<string, SubscribeOptions>
  state: 'off' | 'asking' | 'on' | 'ending'
  key?: RpcId
  asked?: Asked
  /** Whether it has been on: what is pushed while it is not is missed. */
  hasBeenOn: boolean
  /** The data of its last push, while somebody may want to go on from there. */
  last?: unknown
}

/** Pushes that may come before the answer that says whose they are. */
const MAX_EARLY = 1_000
/** Keys of subscriptions that ended: what the server had sent by then is nobody's. */
const MAX_ENDED = 1_000

const isConnectionOver = ({ code }: RpcProblem) => code === 'closed' || code === 'replaced'

/** Creates the subscriptions of one connection. */
export const createSubscriptions = (config: SubscriptionsConfig): Subscriptions => {
  const { dialect, guard, ask } = config
  const { isShared = false } = dialect
  /** By our id. */
  const held = new Map<string, Entry>()
  /** By their own name: our id or, where it is shared, the channel. Also those that nobody holds any more and the server still has. */
  const entries = new Map<string, Entry>()
  /** By what pushes are told by. */
  const byKey = new Map<RpcId, Entry>()
  const asking = new Set<Entry>()
  const ended = new Set<RpcId>()
  let early: ServerPush[] = []
  let isReady = false

  const nameOf = (id: string, topic: Topic, { shared }: SubscribeOptions) =>
    isShared ? topic.channel : ((shared ? sharedName(topic) : undefined) ?? id)

  /** Those of now: who is ended by what hears this, hears no more. */
  const eachHolder = (entry: Entry, run: (id: string, options: SubscribeOptions) => void) => {
    for (const [id, options] of Array.from(entry.holders)) if (entry.holders.has(id)) run(id, options)
  }
  const observe = (run: () => unknown) => guard('The observer of a subscription', run)
  const tell = (entry: Entry, data: unknown) =>
    eachHolder(entry, (id, { listener, observer, resume }) => {
      if (resume) entry.last = data
      if (listener) guard('The listener of a subscription', () => listener(data))
      // The listener may have ended it.
      if (!entry.holders.has(id)) return
      if (observer) observe(() => observer.pushed?.(data))
      else config.deliver(id, entry.channel, data)
    })
  const push = ({ key, channel = String(key ?? ''), data }: ServerPush) => {
    const entry = key === undefined ? undefined : byKey.get(key)
    if (entry) return tell(entry, data)
    if (key !== undefined && ended.has(key)) return
    if (key !== undefined && asking.size > 0 && early.length < MAX_EARLY) early.push({ key, channel, data })
    else config.deliver(undefined, channel, data)
  }
  /** What came before the answer goes to whom it was for; what is left once no answer is waited for was for nobody. */
  const tellEarly = () => {
    const waiting = early
    early = []
    for (const one of waiting) push(one)
  }

  /** Forgets what the server calls it. */
  const unkey = (entry: Entry) => {
    const { key } = entry
    delete entry.key
    // Some servers give two subscriptions the same.
    if (key !== undefined && byKey.get(key) === entry) byKey.delete(key)
  }
  const refuse = (entry: Entry, error: RpcProblem) => {
    const holders = Array.from(entry.holders)
    const ids = holders.map(([id]) => id)
    entry.holders.clear()
    for (const id of ids) held.delete(id)
    if (ids.length) config.failed(ids, error)
    for (const [, { observer }] of holders) observe(() => observer?.failed?.(error))
  }
  const accepted = (entry: Entry, data: unknown) => {
    let acceptance: Acceptance
    try {
      const said = dialect.subscribed?.(data, entry) ?? entry.channel
      acceptance = isId(said) ? { key: said } : said
    } catch (thrown) {
      return refuse(entry, failure('invalid_reply', messageOf(thrown), data))
    }
    const { key, recovered = false } = acceptance
    const isWhole = recovered || !entry.hasBeenOn
    Object.assign(entry, { key, state: 'on', hasBeenOn: true })
    byKey.set(key, entry)
    if (entry.holders.size) config.active([...entry.holders.keys()], isWhole)
    eachHolder(entry, (_id, { observer }) => observe(() => observer?.subscribed?.(data, isWhole)))
  }
  const answered = (entry: Entry, { data, error }: RequestResult<unknown>) => {
    entry.state = 'off'
    delete entry.asked
    asking.delete(entry)
    if (!error) accepted(entry, data)
    // With the connection itself gone it is still wanted, and asked for again on the next one; on this one it would be for ever.
    else if (isConnectionOver(error)) isReady = false
    else refuse(entry, error)
    // What is not wanted any more is ended first, for nobody is to hear of it.
    steer(entry)
    tellEarly()
  }
  /** On a later connection one of those who want it may say where to go on. */
  const paramsOf = ({ channel, params, hasBeenOn, last, holders }: Entry): unknown => {
    for (const { resume } of hasBeenOn ? holders.values() : []) {
      const made = resume && guard('"resume" of a subscription', () => resume({ channel, params, last }))
      if (made !== undefined) return made
    }
    return params
  }
  const begin = (entry: Entry, direct?: DirectSend) => {
    const topic = { channel: entry.channel, params: paramsOf(entry) }
    const call = guard('"subscribe" of the dialect', () => dialect.subscribe?.(topic))
    if (!call)
      return refuse(entry, failure('unsupported', 'The dialect of this connection knows no such subscription.'))
    entry.state = 'asking'
    asking.add(entry)
    // A connection that is silent for too long is the heartbeat's business.
    entry.asked = ask(call, { timeout: Infinity, direct }, (result) => answered(entry, result))
  }
  const finish = (entry: Entry) => {
    const key = entry.key!
    const call = guard('"unsubscribe" of the dialect', () => dialect.unsubscribe?.(key, entry))
    unkey(entry)
    entry.hasBeenOn = false
    delete entry.last
    ended.add(key)
    const [oldest] = ended
    if (ended.size > MAX_ENDED) ended.delete(oldest!)
    entry.state = call ? 'ending' : 'off'
    if (!call) return
    entry.asked = ask(call, {}, ({ error }) => {
      entry.state = 'off'
      delete entry.asked
      if (error && !isConnectionOver(error)) config.stuck(error)
      // From here on a push that names the channel is for whoever subscribes next.
      else if (isShared) ended.delete(key)
      steer(entry)
    })
  }
  /** Takes the next step to where it is wanted, unless one is under way. */
  const steer = (entry: Entry, direct?: DirectSend) => {
    const isWanted = entry.holders.size > 0
    if (entry.state === 'asking' && !isWanted && entry.asked?.withdraw()) {
      entry.state = 'off'
      asking.delete(entry)
    }
    if (entry.state === 'off' && isWanted && isReady) begin(entry, direct)
    if (entry.state === 'on' && !isWanted) finish(entry)
    if (entry.state === 'off' && !entry.holders.size) entries.delete(entry.name)
  }

  return {
    add: (id, topic, options = {}) => {
      const name = nameOf(id, topic, options)
      const entry: Entry = entries.get(name) ?? { ...topic, name, holders: new Map(), state: 'off', hasBeenOn: false }
      // It will be another one: who shares a channel by its name alone may have other params.
      if (entry.state === 'ending' && !entry.holders.size) Object.assign(entry, topic)
      entries.set(name, entry)
      held.set(id, entry)
      entry.holders.set(id, options)
      if (entry.state === 'on') {
        config.active([id], true)
        observe(() => options.observer?.subscribed?.(undefined, true))
      }
      if (!isReady) config.use()
      steer(entry)
    },
    remove: (id) => {
      const entry = held.get(id)
      if (!entry) return
      held.delete(id)
      entry.holders.delete(id)
      steer(entry)
    },
    push,
    ended: ({ key, error }) => {
      const entry = byKey.get(key)
      if (!entry) return
      unkey(entry)
      entry.state = 'off'
      refuse(entry, problemIn(error))
      steer(entry)
    },
    lost: () => {
      isReady = false
      early = []
      byKey.clear()
      asking.clear()
      ended.clear()
      const known = Array.from(entries.values()).filter(({ state }) => state === 'on')
      for (const entry of entries.values()) {
        entry.asked?.forget()
        entry.state = 'off'
        delete entry.asked
        delete entry.key
        steer(entry)
      }
      for (const entry of known) eachHolder(entry, (_id, { observer }) => observe(() => observer?.lost?.()))
    },
    resume: (send) => {
      isReady = true
      for (const entry of entries.values()) steer(entry, send)
    },
    has: (id) => held.has(id),
    size: () => held.size,
  }
}
