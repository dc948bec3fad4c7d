// A burst of 5 000 messages, one task each, into a React list in Chromium, against one dispatch and one notification a message, and against
// react-use-websocket.
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
type Side = 'ours' | 'theirs' | 'hook'
const sides: readonly Side[] = ['ours', 'theirs', 'hook']
const bursts: Record<Side, Burst[]> = { ours: [], theirs: [], hook: [] }
for (let round = -1; round < rounds; round++) {
  for (const side of sides) {
    const burst = (await bundled.call('burst', side, messages)) as Burst
    if (round >= 0) bursts[side].push(burst)
  }
}
for (const side of ['theirs', 'hook'] as const) {
  for (const [what, key, unit, than] of [
    [`${messages} messages into a React list, time`, 'ms', ' ms', 0.35],
    [`${messages} messages into a React list, renders`, 'renders', '', 0.1],
  ] as const) {
    const both = { ours: bursts.ours.map((one) => one[key]), against: bursts[side].map((one) => one[key]) }
    print({
      what,
      ours: `${median(both.ours).toFixed(0)}${unit}`,
      against: `${median(both.against).toFixed(0)}${unit}`,
      ...(side === 'hook' && { peer: 'react-use-websocket' }),
      values: ratios(both),
      unit: '×',
      bar: { is: '≤', than },
    })
  }
}
