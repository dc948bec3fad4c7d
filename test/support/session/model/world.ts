import type { SessionVerdict } from '../../../../src/session/sessionState.js'
import { createModelClient } from './client.js'
import { createLink, type Broken, type ModelLink } from './frames.js'
import { createModelServer } from './server.js'
import { createReport, type Report } from './report.js'

export interface WorldOptions {
  /** Frames that the client may send and the server has not acknowledged. */
  readonly window: number
  /** Frames that may wait at the client. */
  readonly maxQueue: number
  /** Frames that the server keeps for a session. */
  readonly maxOut: number
  readonly broken?: Broken
}

const pick = <Value>(list: readonly Value[], n: number): Value | undefined => list[n % list.length]

/** A client, a server, and links between them that can be cut at any frame. */
export const createWorld = ({ window, maxQueue, maxOut, broken = {} }: WorldOptions) => {
  let counter = 0
  const report: Report = createReport()
  const log: string[] = []
  const app = {
    created: (id: string) => void report.said.set(id, []),
    handled: (message: string) => void report.handled.push(message),
    removed: (_id: string, reason: string) => {
      if (['overflow', 'expired', 'unconfirmed', 'counters'].includes(reason))
        report.wasDestroyed ||= reason !== 'counters'
    },
  }
  const start = () => createModelServer({ maxOut, app, broken, nextNumber: () => ++counter })
  let server = start()
  const client = createModelClient(
    window,
    maxQueue,
    {
      dropped: (reason, ids) => ids.forEach((id) => report.reported.set(id, reason)),
      acknowledged: (ids) => ids.forEach((id) => report.acknowledged.add(id)),
      opened: (session: SessionVerdict, id) => void report.verdicts.push({ session, id }),
      ended: (id) => void (id && report.ended.add(id)),
      message: (id, message) => void report.delivered.set(id!, [...(report.delivered.get(id!) ?? []), message]),
    },
    broken,
  )
  let links: { readonly link: ModelLink; readonly server: typeof server }[] = []
  type Pair = (typeof links)[number]

  const upTo = ({ link, server: far }: Pair): boolean => {
    const frame = link.serverGone ? undefined : link.up.shift()
    if (!frame) return false
    log.push(`server gets ${JSON.stringify(frame)}`)
    far.onFrame(link, frame)
    return true
  }
  const downTo = ({ link }: Pair): boolean => {
    const frame = link.down.shift()
    if (!frame) return false
    log.push(`client ${link.clientGone ? 'is gone for' : 'gets'} ${JSON.stringify(frame)}`)
    if (link.clientGone && !broken.readOldSocket) return true
    if ('close' in frame) client.closed(link, frame.close)
    else client.take(link, frame)
    return true
  }
  const serverLoses = ({ link, server: far }: Pair) => {
    if (link.serverGone) return
    link.serverGone = true
    far.closed(link)
  }
  const clientLoses = ({ link }: Pair) => {
    const was = link.clientGone
    link.clientGone = 'cut'
    if (!was) client.closed(link, 1006)
  }
  const cut = (pair: Pair, who: 'both' | 'client' | 'server') => {
    pair.link.up.length = pair.link.down.length = 0
    if (who !== 'client') serverLoses(pair)
    if (who !== 'server') clientLoses(pair)
  }
  const connect = () => {
    const link = createLink('ann')
    for (const other of links) other.link.clientGone ||= 'closed'
    links = [...links, { link, server }]
    client.connect(link)
  }
  const kill = (isGraceful: boolean) => {
    const old = server
    if (isGraceful) old.close()
    // The sessions are in its memory.
    report.wasDestroyed = true
    server = start()
    for (const pair of links) {
      if (pair.server !== old) continue
      if (isGraceful) pair.link.closeByServer(1012)
      else {
        pair.link.serverGone = true
        pair.link.up.length = pair.link.down.length = 0
        clientLoses(pair)
      }
    }
  }
  const open = () =>
    links.filter(({ link }) => link.up.length || link.down.length || !link.clientGone || !link.serverGone)
  const withOpen = (n: number, act: (pair: Pair) => unknown) => {
    const pair = pick(open(), n)
    if (pair) act(pair)
  }
  const drain = (one: (pair: Pair) => boolean) => {
    for (const pair of links) while (one(pair));
  }

  const steps = {
    clientSend: () => {
      const id = `c${String(++counter)}`
      report.accepted.add(id)
      client.send(id)
    },
    serverSend: (n: number) => {
      const id = pick(server.ids(), n)
      const message = `s${String(++counter)}`
      if (id !== undefined && server.send(id, message)) report.said.get(id)!.push(message)
    },
    up: (n: number) => withOpen(n, upTo),
    down: (n: number) => withOpen(n, downTo),
    upAll: () => drain(upTo),
    downAll: () => drain(downTo),
    settle: (n: number) => server.settle(n),
    acks: (n: number) => (n % 2 ? client.ackDue() : server.ackDue()),
    cut: (n: number) => withOpen(n, (pair) => cut(pair, (['both', 'client', 'server'] as const)[n % 3]!)),
    connect: () => connect(),
    expire: () => server.expire(),
    kill: () => kill(false),
    close: () => kill(true),
  }

  /** No more faults: everything that can still arrive does. */
  const calm = (): boolean => {
    for (let round = 0; round < 60; round++) {
      // The heartbeat finds half-open sockets, on both ends.
      for (const pair of links) {
        const { link } = pair
        if ((link.serverGone || link.isClosing) && !link.down.length) clientLoses(pair)
        if (link.clientGone && !link.up.length) serverLoses(pair)
      }
      if (client.isOffline()) connect()
      for (let turn = 0; turn < 12; turn++) {
        drain(upTo)
        for (let n = 0; n < 40; n++) server.settle(0)
        server.ackDue()
        drain(downTo)
        client.ackDue()
      }
      const { unacked, queue } = client.sizes()
      if (client.isReady() && !unacked && !queue) return true
    }
    return false
  }

  const bounds = (): string | undefined => {
    const { unacked, queue } = client.sizes()
    if (unacked > window) return `the client keeps ${unacked} unacknowledged messages`
    if (unacked + queue > window + maxQueue) return `the client keeps ${unacked + queue} messages`
    const { out, tombstones, orphans } = server.sizes()
    if (out > maxOut) return `the server keeps ${out} messages for a session`
    if (orphans > 2) return `the server keeps ${orphans} sessions that nobody confirmed`
    return tombstones > 4 ? `the server keeps ${tombstones} tombstones` : undefined
  }
  return { steps, calm, bounds, log, report, currentId: client.id }
}

export type Step = keyof ReturnType<typeof createWorld>['steps']
