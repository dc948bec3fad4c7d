// A burst of 5 000 messages, one task each, into a React list with createEntityAdapter in Chromium, auto-batched and with batchFeature, against one
// dispatch and one notification a message, and against react-use-websocket.
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
type Side = 'ours' | 'batch' | 'theirs' | 'hook'
const sides: readonly Side[] = ['ours', 'batch', 'theirs', 'hook']
const bursts: Record<Side, Burst[]> = { ours: [], batch: [], theirs: [], hook: [] }
for (let round = -1; round < rounds; round++) {
  for (const side of sides) {
    const burst = (await bundled.call('burst', side, messages)) as Burst
    if (round >= 0) bursts[side].push(burst)
  }
}

const compare = (how: 'ours' | 'batch', side: 'theirs' | 'hook', bar?: number): void => {
  const name = how === 'batch' ? ', with batch' : ''
  for (const [what, key, unit, than] of [
    ['time', 'ms', ' ms', bar],
    ['renders', 'renders', '', bar && 0.1],
  ] as const) {
    const both = { ours: bursts[how].map((one) => one[key]), against: bursts[side].map((one) => one[key]) }
    print({
      what: `${messages} messages into a React list${name}, ${what}`,
      ours: `${median(both.ours).toFixed(0)}${unit}`,
      against: `${median(both.against).toFixed(0)}${unit}`,
      ...(side === 'hook' && { peer: 'react-use-websocket' }),
      values: ratios(both),
      unit: '×',
      ...(than && { bar: { is: '≤', than } }),
    })
  }
}

compare('ours', 'theirs', 0.35)
compare('ours', 'hook', 0.35)
compare('batch', 'theirs', 0.1)
compare('batch', 'hook')
