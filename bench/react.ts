// A burst of 5 000 messages, one task each, into a React list in Chromium, against one dispatch a message without batching.
import { openBundledPage } from '../test/support/chromium.js'
import { median, print, ratios } from './support/measure.js'

interface Burst {
  readonly ms: number
  readonly renders: number
}

const messages = 5_000
const rounds = 4

await using bundled = await openBundledPage('bench/support/reactPage.tsx', 'production')
await bundled.reload()
const burst = async (whose: 'ours' | 'theirs') => (await bundled.call('burst', whose, messages)) as Burst

const ours: Burst[] = []
const theirs: Burst[] = []
for (let round = -1; round < rounds; round++) {
  const one = await burst('ours')
  const other = await burst('theirs')
  if (round < 0) continue
  ours.push(one)
  theirs.push(other)
}
for (const [what, key, unit, than] of [
  [`${messages} messages into a React list, time`, 'ms', ' ms', 0.1],
  [`${messages} messages into a React list, renders`, 'renders', '', 0.1],
] as const) {
  const both = { ours: ours.map((one) => one[key]), against: theirs.map((one) => one[key]) }
  print({
    what,
    ours: `${median(both.ours).toFixed(0)}${unit}`,
    against: `${median(both.against).toFixed(0)}${unit}`,
    values: ratios(both),
    unit: '×',
    bar: { is: '≤', than },
  })
}
