import type { Broken, Control, ModelFrame, ModelLink } from './frames.js'

/** What the app of the server is told. */
export interface ServerEvents {
  readonly created: (id: string) => void
  readonly handled: (message: string) => void
  readonly removed: (id: string, reason: string) => void
}

interface ServerSession {
  readonly id: string
  readonly key: string
  readonly owner: string
  turn: number
  link: ModelLink | undefined
  isConfirmed: boolean
  isEnding: boolean
  taken: number
  handled: number
  told: number
  pending: { readonly number: number; isDone: boolean }[]
  sent: number
  acked: number
  cursor: number
  out: { readonly number: number; readonly message: string }[]
}

interface Node {
  readonly maxOut: number
  readonly app: ServerEvents
  readonly broken: Broken
  readonly nextNumber: () => number
  readonly sessions: Map<string, ServerSession>
  readonly byKey: Map<string, ServerSession>
  /** How far sessions got that are over. Bounded. */
  readonly tombstones: Map<string, { readonly acked: number }>
  readonly bySocket: Map<ModelLink, ServerSession>
}

const MAX_TOMBSTONES = 4
const MAX_ORPHANS = 2

const forget = (node: Node, session: ServerSession, reason: string, keepsTombstone = true) => {
  const { app, byKey, sessions, tombstones } = node
  sessions.delete(session.id)
  byKey.delete(session.key)
  if (keepsTombstone) {
    tombstones.set(session.key, { acked: session.handled })
    if (tombstones.size > MAX_TOMBSTONES) tombstones.delete(tombstones.keys().next().value!)
  }
  app.removed(session.id, reason)
}

const detach = ({ bySocket, broken }: Node, session: ServerSession, code: number) => {
  if (!session.link) return
  if (!broken.readDetachedSocket) bySocket.delete(session.link)
  session.link.closeByServer(code)
  session.link = undefined
}

const lose = (node: Node, session: ServerSession, reason: string, code = 1000) => {
  detach(node, session, code)
  forget(node, session, reason)
}

const post = (session: ServerSession, { message, number }: ServerSession['out'][number]) => {
  if (!session.link || number !== session.cursor + 1) return
  session.cursor = number
  session.link.sendDown({ message })
}

const orphansOf = ({ sessions }: Node) =>
  [...sessions.values()].filter(({ isConfirmed, link }) => !isConfirmed && !link)

/** Perhaps nobody knows their keys; perhaps only the confirmation was lost. So a few of them wait. */
const dropOrphans = (node: Node) => {
  if (node.broken.keepOrphans) return
  for (const session of orphansOf(node).slice(0, -MAX_ORPHANS)) lose(node, session, 'unconfirmed')
}

const confirm = (session: ServerSession, received: number) => {
  session.isConfirmed = true
  if (received <= session.acked) return
  session.acked = received
  session.out = session.out.filter(({ number }) => number > received)
}

const open = ({ bySocket, maxOut }: Node, link: ModelLink, session: ServerSession, frame: Omit<Control, 'control'>) => {
  session.link = link
  bySocket.set(link, session)
  link.sendDown({ window: maxOut, id: session.id, ...frame, control: 'welcome' })
}

const create = (node: Node, link: ModelLink, more: Omit<Control, 'control'> = {}) => {
  const id = `s${String(node.nextNumber())}`
  const key = `k${String(node.nextNumber())}`
  const session: ServerSession = {
    id,
    key,
    owner: link.owner,
    turn: 0,
    link: undefined,
    isConfirmed: false,
    isEnding: false,
    taken: 0,
    handled: 0,
    told: 0,
    pending: [],
    sent: 0,
    acked: 0,
    cursor: 0,
    out: [],
  }
  node.sessions.set(id, session)
  node.byKey.set(key, session)
  node.app.created(id)
  if (link.isOver()) dropOrphans(node)
  else open(node, link, session, { resumed: false, key, ...more })
}

/** Whether what the client says fits what is known. */
const fits = (session: ServerSession, { received = 0, acked = 0, sent = 0 }: Control): boolean =>
  received >= session.acked && received <= session.sent && acked <= session.handled && sent >= session.taken

const resume = (node: Node, link: ModelLink, session: ServerSession, frame: Control) => {
  detach(node, session, 4409)
  if (!fits(session, frame)) {
    lose(node, session, 'counters')
    return create(node, link, { acked: session.handled })
  }
  const { received = 0 } = frame
  confirm(session, received)
  session.cursor = received
  session.told = session.handled
  const { resendFromHandled } = node.broken
  open(node, link, session, {
    resumed: true,
    received: resendFromHandled ? session.handled : session.taken,
    acked: session.handled,
    sent: session.sent,
    kept: true,
  })
  if (resendFromHandled) session.taken = session.handled
  for (const entry of session.out) post(session, entry)
}

const greet = (node: Node, link: ModelLink, frame: Control) => {
  const session = frame.key === undefined ? undefined : node.byKey.get(frame.key)
  if (!session || session.owner !== link.owner) return create(node, link, node.tombstones.get(frame.key!))
  // Of a connection that the client has given up: its `hello` was overtaken by a later one.
  if (!node.broken.noTurn && frame.turn! <= session.turn) return link.closeByServer(4409)
  session.turn = frame.turn!
  return resume(node, link, session, frame)
}

const progress = (session: ServerSession) => {
  while (session.pending[0]?.isDone) session.handled = session.pending.shift()!.number
}

const take = (node: Node, session: ServerSession, message: string) => {
  const number = ++session.taken
  session.pending.push({ number, isDone: false })
  node.app.handled(message)
}

const onFrame = (node: Node, link: ModelLink, frame: ModelFrame) => {
  if ('close' in frame) return
  if ('control' in frame && frame.control === 'hello') {
    if (link.hasGreeted) return link.closeByServer(4400)
    link.hasGreeted = true
    return greet(node, link, frame)
  }
  const session = node.bySocket.get(link)
  if (!session || (node.sessions.get(session.id) !== session && !(node.broken.takeAfterBye && session.isEnding))) return
  if ('control' in frame) {
    const { received = 0 } = frame
    // A count of what was never sent is a lie.
    if (received > session.sent) return lose(node, session, 'counters', 4400)
    confirm(session, received)
    if (frame.control === 'bye') lose(node, session, 'ended')
    return
  }
  if (!session.isEnding || node.broken.takeAfterBye) take(node, session, frame.message)
}

/** `close()`: everything that was taken is handled, and the sessions end with a `bye`. */
const close = (node: Node) => {
  for (const session of Array.from(node.sessions.values())) {
    for (const one of session.pending) one.isDone = true
    progress(session)
    if (session.link) {
      session.isEnding = true
      session.link.sendDown({ control: 'bye', received: session.taken })
      session.link.closeByServer(1012)
    }
    forget(node, session, 'ended', false)
  }
}

const send = (node: Node, session: ServerSession, message: string): boolean => {
  if (session.isEnding) return false
  if (session.out.length >= node.maxOut) {
    if (!node.broken.trimOldest) {
      lose(node, session, 'overflow', 1013)
      return false
    }
    session.out.shift()
  }
  const entry = { number: ++session.sent, message }
  session.out.push(entry)
  post(session, entry)
  return true
}

/** One server process with sessions in its memory. */
export const createModelServer = (
  members: Pick<Node, 'maxOut' | 'app' | 'nextNumber'> & { readonly broken?: Broken },
) => {
  const node: Node = {
    broken: {},
    ...members,
    sessions: new Map(),
    byKey: new Map(),
    tombstones: new Map(),
    bySocket: new Map(),
  }
  const all = () => [...node.sessions.values()]
  return {
    ids: () => [...node.sessions.keys()],
    sizes: () => ({
      tombstones: node.tombstones.size,
      orphans: orphansOf(node).length,
      out: Math.max(0, ...all().map(({ out }) => out.length)),
    }),
    onFrame: (link: ModelLink, frame: ModelFrame) => onFrame(node, link, frame),
    closed: (link: ModelLink) => {
      const session = node.bySocket.get(link)
      node.bySocket.delete(link)
      if (session?.link !== link) return
      session.link = undefined
      dropOrphans(node)
    },
    send: (id: string, message: string) => send(node, node.sessions.get(id)!, message),
    /** The promise of a handler settles. */
    settle: (pick: number) => {
      const waiting = all().flatMap((session) =>
        session.pending.filter(({ isDone }) => !isDone).map((one) => [session, one] as const),
      )
      const [session, one] = waiting[pick % waiting.length] ?? []
      if (!session || !one) return
      one.isDone = true
      progress(session)
    },
    ackDue: () => {
      for (const session of all()) {
        if (!session.link || session.handled <= session.told) continue
        session.told = session.handled
        session.link.sendDown({ control: 'ack', received: session.handled })
      }
    },
    /** The time to live of what is suspended is over. */
    expire: () => {
      for (const session of all()) if (!session.link) lose(node, session, 'expired')
    },
    close: () => close(node),
  }
}
