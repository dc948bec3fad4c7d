// What one client can make the server keep with the default limits, against the sum of the limits in bytes that docs/server.md names: 300 subscriptions
// and 620 requests with large params, of texts or of arrays (which take many times their text in memory), and messages that it does not read.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { startChild } from './support/child.js'
import { print } from './support/measure.js'

const MIB = 1024 * 1024

/** `maxPendingBytes`, `maxSubscriptionBytes` and `maxBufferedBytes`. */
const limits = (8 + 4 + 4) * MIB

const fillers = {
  // Two bytes on the wire, and in memory.
  texts: (bytes: number): string => 'ж'.repeat(bytes / 2),
  arrays: (bytes: number): unknown[] => Array.from({ length: bytes / 3 }, () => []),
}

const measure = async (kind: keyof typeof fillers): Promise<number> => {
  const server = startChild('worst.server.js', [], ['--expose-gc'])
  const url = await server.receive()
  const ask = async (): Promise<number> => {
    server.send('how much?')
    return Number(await server.receive())
  }
  // The first connection creates what a server creates only once.
  const first = new WebSocket(url)
  await once(first, 'open')
  const before = await ask()
  const worst = new WebSocket(url)
  await once(worst, 'open')
  const call = (id: number, method: string, params: object) =>
    worst.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
  for (let n = 0; n < 300; n++) call(n, 'subscribe', { channel: `room ${n}`, params: fillers[kind](48 * 1024) })
  // Three sizes: where the largest does not fit, a smaller one may.
  for (const [size, count] of [
    [960, 20],
    [60, 200],
    [3, 400],
  ] as const)
    for (let n = 0; n < count; n++) call(2_000 + n, 'wait', { value: fillers[kind](size * 1024) })
  worst.send('ping')
  await new Promise<void>((resolve) => worst.on('message', (data: Buffer) => data.toString() === 'pong' && resolve()))
  worst.pause()
  server.send('push')
  await server.receive()
  const after = await ask()
  first.terminate()
  worst.terminate()
  server.end()
  await server.ended
  return after - before
}

for (const kind of ['texts', 'arrays'] as const) {
  const kept = await measure(kind)
  print({
    what: `memory of the worst client, ${kind}`,
    ours: `${(kept / MIB).toFixed(1)} MiB`,
    against: `${limits / MIB} MiB`,
    peer: 'the limits in bytes',
    values: [kept / limits],
    unit: '×',
    bar: { is: '≤', than: 1.5 },
  })
}
process.exit()
