// Echo round trip and flood over loopback with the package ws, against the hand-written loop and against socket.io with its own server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { socketSend } from '../src/index.js'
import { createOurs, createTheirs, postAt, updated, type App } from './support/app.js'
import { median, ns, print } from './support/measure.js'
import { createSocketIo } from './support/socketIo.js'

const server = spawn(process.execPath, [fileURLToPath(new URL('loopback.server.js', import.meta.url))], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const [said] = (await once(server.stdout, 'data')) as [Buffer]
const [port = '', socketIoPort = ''] = String(said).trim().split(' ')
const url = `ws://127.0.0.1:${port}`

const actions = Array.from({ length: 64 }, (_, n) => updated(postAt(n)))

/** One side: sends, and resolves once `count` echoes have been reduced. */
const createLoop = (app: App, send: (message: unknown) => void) => {
  let expected = 0
  let resolve = () => {}
  app.subscribe(() => {
    if (app.messages() >= expected) resolve()
  })
  return async (count: number) => {
    expected = app.messages() + count
    const done = new Promise<void>((settle) => (resolve = settle))
    for (let n = 0; n < count; n++) send(actions[n % actions.length])
    await done
    resolve = () => {}
  }
}

// With auto-batching a subscriber is notified of a message up to a frame later: that is its purpose and not a cost of the middleware.
const ours = await createOurs({ url, WebSocket, accept: updated, autoBatch: false })
const theirs = await createTheirs({ url, WebSocket })
const ourLoop = createLoop(ours, (message) => ours.dispatch(socketSend(message)))
const theirLoop = createLoop(theirs, (payload) => theirs.dispatch({ type: 'ws/send', payload } as never))
const socketIo = await createSocketIo(`http://127.0.0.1:${socketIoPort}`)
const socketIoLoop = createLoop(socketIo, (payload) => socketIo.dispatch({ type: 'ws/send', payload } as never))

const timed = async (work: () => Promise<void>): Promise<number> => {
  const started = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - started)
}

/** The p50 of some round trips, one after the other. */
const echoes = async (loop: (count: number) => Promise<void>): Promise<number> => {
  const times: number[] = []
  for (let n = 0; n < 60; n++) times.push(await timed(() => loop(1)))
  return median(times)
}

const floodSize = 3_000

/** Messages a second, there and back, as fast as they go. */
const flood = async (loop: (count: number) => Promise<void>): Promise<number> =>
  (floodSize / (await timed(() => loop(floodSize)))) * 1e9

const compare = async (measure: (loop: typeof ourLoop) => Promise<number>, rounds: number, against = theirLoop) => {
  const result = { ours: [] as number[], against: [] as number[] }
  const warmUp = Math.ceil(rounds / 5)
  for (let round = -warmUp; round < rounds; round++) {
    const isEven = round % 2 === 0
    const first = await measure(isEven ? ourLoop : against)
    const second = await measure(isEven ? against : ourLoop)
    if (round < 0) continue
    result.ours.push(isEven ? first : second)
    result.against.push(isEven ? second : first)
  }
  return { ...result, values: result.ours.map((value, round) => value / result.against[round]!) }
}

const trip = await compare(echoes, 80)
print({
  what: 'echo over loopback, p50',
  ours: ns(median(trip.ours)),
  against: ns(median(trip.against)),
  values: trip.values,
  unit: '×',
  bar: { is: '≤', than: 1.1 },
})

const rate = (perSecond: number) => `${Math.round(perSecond / 1000)} k/s`
const flooded = await compare(flood, 60)
print({
  what: `flood of ${floodSize} echoes`,
  ours: rate(median(flooded.ours)),
  against: rate(median(flooded.against)),
  values: flooded.values,
  unit: '×',
  bar: { is: '≥', than: 0.95 },
})

const socketIoFlood = await compare(flood, 20, socketIoLoop)
print({
  what: `flood of ${floodSize} echoes`,
  ours: rate(median(socketIoFlood.ours)),
  against: rate(median(socketIoFlood.against)),
  peer: 'socket.io-client',
  values: socketIoFlood.values,
  unit: '×',
  bar: { is: '≥', than: 1 },
})

server.stdin.end()
process.exit()
