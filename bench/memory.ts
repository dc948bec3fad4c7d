// The cost of an idle connection: heap and resident set of a server before and after 1 000 have connected, each divided by their number.
import { startChild } from './support/child.js'
import { median, print } from './support/measure.js'
import { measureInTurn, quotients, type Measured } from './support/rounds.js'

const size = 1_000

const measure = async (kind: string): Promise<{ heap: number; rss: number }> => {
  const server = startChild('memory.server.js', [kind], ['--expose-gc'])
  const url = await server.receive()
  const ask = async (): Promise<[heap: number, rss: number]> => {
    server.send('how much?')
    const [heap = NaN, rss = NaN] = (await server.receive()).split(' ').map(Number)
    return [heap, rss]
  }
  // The first connection creates what a server creates only once.
  const first = startChild('crowd.client.js', [url, '1'])
  await first.receive()
  const before = await ask()
  const crowd = startChild('crowd.client.js', [url, String(size)])
  await crowd.receive()
  const after = await ask()
  for (const child of [first, crowd, server]) child.end()
  return { heap: (after[0] - before[0]) / size, rss: (after[1] - before[1]) / size }
}

const kinds = ['ours', 'ws', 'socket.io'] as const
type Kind = (typeof kinds)[number]

const heaps: Record<Kind, number[]> = { ours: [], ws: [], 'socket.io': [] }
const take = (kind: Kind) => async (): Promise<number> => {
  const { heap, rss } = await measure(kind)
  heaps[kind].push(heap)
  return rss
}
const rsses = await measureInTurn({ ours: take('ours'), ws: take('ws'), 'socket.io': take('socket.io') }, 3)

const kib = (value: number): string => `${(value / 1024).toFixed(1)} KiB`
const printRow = (what: string, { ours, ...others }: Measured<Kind>, peer: 'ws' | 'socket.io'): void =>
  print({
    what,
    ours: kib(median(ours)),
    against: kib(median(others[peer])),
    peer,
    values: quotients(ours, others[peer]),
    unit: '×',
  })
printRow('heap of an idle connection', heaps, 'ws')
printRow('heap of an idle connection', heaps, 'socket.io')
printRow('resident set of an idle connection', rsses, 'ws')
printRow('resident set of an idle connection', rsses, 'socket.io')
print({
  what: 'heap of an idle connection',
  ours: kib(median(heaps.ours)),
  against: '10 KiB',
  peer: 'the bar',
  values: heaps.ours.map((heap) => heap / (10 * 1024)),
  unit: '×',
  bar: { is: '≤', than: 1 },
})
process.exit()
