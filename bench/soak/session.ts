import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { runSessionTraffic, type TrafficTotals } from '../../test/support/session/sessionTraffic.js'

// Run by scripts/soak.mjs: 20 clients with sessions, a cut of each every 0.2 to 3 s, and a measurement of the heap every 30 s.

const minutes = Number(process.argv[2] ?? 10)
const seed = Number(process.argv[3] ?? 1)
const SAMPLE_MS = Math.min(30_000, (minutes * 60_000) / 6)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const started = performance.now()
const heaps: number[] = []

const sample = (totals: TrafficTotals): void => {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  heaps.push((heapUsed + external) / 1024 / 1024)
  const { cuts, published, requests, sent, told, verdicts } = totals
  const elapsed = String(Math.round((performance.now() - started) / 1_000)).padStart(4)
  console.log(
    `${elapsed} s  heap ${heaps.at(-1)!.toFixed(2)} MiB  cuts ${cuts}  to the server ${sent}  to clients ${told}  published ${published}  requests ${requests}  ${JSON.stringify(verdicts)}`,
  )
}

let totalsOf: TrafficTotals | undefined
const timer = setInterval(() => totalsOf && sample(totalsOf), SAMPLE_MS)
const { totals, faults, left } = await runSessionTraffic({
  clients: 20,
  cutEvery: [200, 3_000],
  sendEvery: 40,
  seed,
  isOver: (now) => {
    totalsOf = now
    return performance.now() - started > minutes * 60_000
  },
})
clearInterval(timer)
sample(totals)

// The first third is warm-up: compiled code, pools, caches. The last sample is of a server without clients.
const warm = heaps.slice(Math.ceil(heaps.length / 3), -1)
const half = Math.ceil(warm.length / 2)
const mean = (some: readonly number[]): number => some.reduce((sum, heap) => sum + heap, 0) / Math.max(1, some.length)
const growth = mean(warm.slice(-half)) - mean(warm.slice(0, half))
const isFlat = growth < 2
const { lost, doubled, reordered } = faults
console.log(
  `lost ${lost}, doubled ${doubled}, reordered ${reordered}; reported as dropped ${totals.reported}, requests without their reply ${totals.failedRequests}`,
)
console.log(`verdicts ${JSON.stringify(totals.verdicts)}, sessions left ${left}, problems ${totals.problems.length}`)
for (const problem of totals.problems.slice(0, 5)) console.log(`  ${problem}`)
console.log(
  `heap ${heaps[0]!.toFixed(2)} MiB at the start, ${heaps.at(-2)?.toFixed(2)} MiB before the end, ${isFlat ? 'flat' : 'GROWS'} after warm-up (${growth >= 0 ? '+' : ''}${growth.toFixed(2)} MiB from its first half to its second)`,
)
const isGood = lost + doubled + reordered + totals.reported + totals.failedRequests + left === 0
process.exitCode = isGood && isFlat && (totals.verdicts['lost'] ?? 0) === 0 ? 0 : 1
