// What is lost and what comes twice over the same cuts: a session, and the connection state recovery of socket.io, each with client and server on a real network.
import { setTimeout as sleep } from 'node:timers/promises'
import { startFaultProxy, type FaultProxy } from '../test/support/faultProxy.js'
import { seeded } from './restart/simulate.js'
import { print } from './support/measure.js'
import { startReduplex, startSocketIo, type RecoveryListeners, type RecoveryPeer } from './support/recoveryPeers.js'

type Start = (listeners: RecoveryListeners) => Promise<RecoveryPeer>
type Play = (peer: RecoveryPeer, proxy: FaultProxy) => Promise<{ readonly sent: number; readonly told: number }>

const libraries: readonly (readonly [name: string, start: Start])[] = [
  ['reduplex', startReduplex],
  ['socket.io, recovery', startSocketIo()],
  ['socket.io, recovery and retries', startSocketIo({ retries: 10, ackTimeout: 1_000 })],
]

/** How long everything may take to arrive after the last cut. */
const PATIENCE_MS = 15_000
const QUIET_MS = 2_000

/** A hundred messages into a link that is dead and that nobody knows to be dead, in one direction. */
const intoDyingLink =
  (direction: 'send' | 'tell'): Play =>
  async (peer, proxy) => {
    peer.send(1)
    peer.tell(1)
    await sleep(300)
    proxy.freeze()
    for (let n = 2; n <= 101; n++) peer[direction](n)
    await sleep(100)
    await proxy.resume()
    proxy.drop()
    return { sent: direction === 'send' ? 101 : 1, told: direction === 'tell' ? 101 : 1 }
  }

const CUTS = 60

/** Messages in both directions over 60 cuts of several kinds. */
const randomCuts: Play = async (peer, proxy) => {
  const random = seeded(7)
  const state = { isOver: false }
  const traffic = async (direction: 'send' | 'tell'): Promise<number> => {
    let n = 0
    while (!state.isOver) {
      peer[direction](++n)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await sleep(5)
    }
    return n
  }
  const both = Promise.all([traffic('send'), traffic('tell')])
  for (let cut = 0; cut < CUTS; cut++) {
    // oxlint-disable no-await-in-loop -- one after the other
    await sleep(100 + 300 * random())
    const kind = random()
    if (kind < 0.4) proxy.drop()
    else if (kind < 0.7) proxy.bytesLeft = 1 + Math.floor(1_000 * random())
    else {
      proxy.freeze()
      await sleep(100 * random())
      await proxy.resume()
      proxy.drop()
    }
    // oxlint-enable no-await-in-loop
  }
  state.isOver = true
  const [sent, told] = await both
  return { sent, told }
}

/** Counts numbers that have arrived. */
const createCounter = () => {
  const times = new Map<number, number>()
  return {
    take: (n: number) => void times.set(n, (times.get(n) ?? 0) + 1),
    lost: (last: number) => last - times.size,
    doubled: () => [...times.values()].reduce((sum, count) => sum + count - 1, 0),
    arrived: () => [...times.values()].reduce((sum, count) => sum + count, 0),
  }
}

const measure = async (what: string, library: string, start: Start, play: Play): Promise<void> => {
  const up = createCounter()
  const down = createCounter()
  const peer = await start({ onSent: up.take, onTold: down.take })
  const proxy = await startFaultProxy(peer.port)
  await peer.connect(proxy.port)
  const { sent, told } = await play(peer, proxy)
  // Until all is there, or nothing has come for a while.
  let quietSince = performance.now()
  let before = -1
  for (const end = quietSince + PATIENCE_MS; performance.now() < end && performance.now() < quietSince + QUIET_MS;) {
    // oxlint-disable-next-line no-await-in-loop -- until it has arrived
    await sleep(50)
    const now = up.arrived() + down.arrived()
    if (now !== before) quietSince = performance.now()
    before = now
  }
  await peer.close()
  await proxy[Symbol.asyncDispose]()
  const row = (direction: string, lost: number, doubled: number, of: number): void => {
    const shared = { ours: `of ${of}`, against: '', peer: library, unit: 'messages' } as const
    print({ what: `${what}, ${direction}: lost`, values: [lost], ...shared })
    print({ what: `${what}, ${direction}: twice`, values: [doubled], ...shared })
  }
  if (sent > 1) row('to the server', up.lost(sent), up.doubled(), sent)
  if (told > 1) row('to the client', down.lost(told), down.doubled(), told)
}

const scripts: readonly (readonly [what: string, play: Play])[] = [
  ['a dying link', intoDyingLink('send')],
  ['a dying link', intoDyingLink('tell')],
  ['60 cuts', randomCuts],
]

for (const [what, play] of scripts) {
  for (const [name, start] of libraries) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that none disturbs another
    await measure(what, name, start, play)
  }
}
process.exit()
