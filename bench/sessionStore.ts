// The store of sessions in Redis: the time for adding frames and for counting what is handled, against as many plain XADD on one connection, all pipelined.
// It needs a redis-server on this machine.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { createClient } from 'redis'
import { redisSessions } from '../src/server/redis/index.js'
import { median, print, type Row } from './support/measure.js'

const SESSIONS = 1_000
const ROUNDS = 15
const frame = JSON.stringify({ type: 'posts/updated', payload: { id: 1, title: 'The way of a message', likes: 3 } })

const probe = createServer().listen(0, '127.0.0.1')
await once(probe, 'listening')
const { port } = probe.address() as AddressInfo
probe.close()
const child = spawn('redis-server', ['--port', String(port), '--save', '', '--bind', '127.0.0.1'])
for await (const text of child.stdout) if (String(text).includes('Ready to accept connections')) break
const url = `redis://127.0.0.1:${String(port)}`
const store = redisSessions({ url })
await new Promise<void>((resolve) => {
  store.onReach((isReachable) => {
    if (isReachable) resolve()
  })
})
const plain = await createClient({ url }).connect()

const hashes = Array.from({ length: SESSIONS }, (_, index) => `h${String(index)}`)
await Promise.all(hashes.map((hash) => store.create({ hash, id: hash, owner: '', node: 'n', codec: '', ttl: 60_000 })))
let number = 0

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - started)
}
const xadd = async (count: number) =>
  await Promise.all(
    hashes.flatMap((hash) => Array.from({ length: count }, () => plain.xAdd(`plain:${hash}`, '*', { t: frame }))),
  )
const append = async (count: number) => {
  const frames = Array.from({ length: count }, () => ({ number: ++number, frame }))
  await Promise.all(hashes.map((hash) => store.append(hash, 1, frames)))
}
const handled = async () => await Promise.all(hashes.map((hash) => store.handled(hash, 1, 1)))

const cases: readonly (readonly [string, number, () => Promise<unknown>])[] = [
  ['session store: append, 1 frame to each of 1,000 sessions', 1, async () => await append(1)],
  ['session store: append, 10 frames to each of 1,000 sessions', 10, async () => await append(10)],
  ['session store: handled, once for each of 1,000 sessions', 1, handled],
]
const perItem = (times: readonly number[], count: number): string =>
  `${(median(times) / SESSIONS / count / 1000).toFixed(1)} µs`
for (const [what, count, work] of cases) {
  const ours: number[] = []
  const against: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await timed(work))
    against.push(await timed(async () => await xadd(count)))
  }
  const values = ours.map((time, index) => time / against[index]!)
  const row: Row = {
    what,
    ours: perItem(ours, count),
    against: perItem(against, count),
    peer: 'XADD',
    values,
    unit: '×',
  }
  print(row)
}
const roundTrips: number[] = []
for (let round = 0; round < 300; round++) {
  number++
  roundTrips.push(await timed(async () => await store.append('h0', 1, [{ number, frame }])))
}
process.stderr.write(`one append alone: ${(median(roundTrips) / 1000).toFixed(0)} µs\n`)
await store.close()
plain.destroy()
child.kill('SIGKILL')
