// A page in Chromium that shows 200 prices, of which a server sends 20 000 a second: how many frames a second the page paints. The machine runs the
// browser and the server.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { openBundledPage } from '../test/support/chromium.js'
import { median, print } from './support/measure.js'

const rate = 20_000
const keys = 200
const seconds = 3
const rounds = 2

/** How often the server sends, in milliseconds. */
const period = 5

const server = new WebSocketServer({ port: 0, perMessageDeflate: false })
await once(server, 'listening')
server.on('connection', (socket) => {
  const started = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    // By the clock: a timer that comes late sends more.
    const due = Math.floor(((performance.now() - started) * rate) / 1_000)
    for (; sent < due; sent++) {
      socket.send(JSON.stringify({ symbol: `S${sent % keys}`, price: sent, volume: (sent * 7) % 1_000 }))
    }
  }, period)
  socket.on('close', () => clearInterval(timer))
})
const { port } = server.address() as AddressInfo

/** What the page has seen in one run. */
export interface Run {
  readonly framesPerSecond: number
  readonly messagesPerSecond: number
  /** The longest time between two frames, in milliseconds. */
  readonly longestFrame: number
}

const sides = ['batch', 'conflated', 'ours'] as const
const names = {
  batch: 'batchFeature',
  conflated: 'batchFeature with a key',
  ours: 'one dispatch a message, auto-batched',
}

await using bundled = await openBundledPage('bench/support/ratesPage.tsx', 'production')
await bundled.reload()
const runs: Record<(typeof sides)[number], Run[]> = { batch: [], conflated: [], ours: [] }
for (let round = -1; round < rounds; round++) {
  for (const side of sides) {
    const run = (await bundled.call('run', side, `ws://127.0.0.1:${port}/`, seconds)) as Run
    if (round >= 0) runs[side].push(run)
  }
}
for (const side of sides) {
  const values = runs[side].map(({ framesPerSecond }) => framesPerSecond)
  print({
    what: `${rate} messages/s over ${keys} keys, ${names[side]}`,
    ours: `${median(runs[side].map(({ messagesPerSecond }) => messagesPerSecond)).toFixed(0)} messages/s`,
    against: `longest frame ${median(runs[side].map(({ longestFrame }) => longestFrame)).toFixed(0)} ms`,
    values,
    unit: 'frames/s',
    ...(side !== 'ours' && { bar: { is: '≥', than: 55 } }),
  })
}
server.close()
