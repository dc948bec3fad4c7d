/** One line of the table. `value` is held to `bar`. */
export interface Row {
  readonly what: string
  /** With its unit. */
  readonly ours: string
  readonly against: string
  /** What ours is compared with. @default the hand-written code */
  readonly peer?: string
  /** The rounds' values: ratios, differences in ns, or counts. */
  readonly values: readonly number[]
  readonly unit: '×' | 'ns' | 'ms' | 'frames/s' | 'messages'
  readonly bar?: { readonly is: '≤' | '≥'; readonly than: number }
}

/** The quantile `q` of some numbers. */
export const quantile = (values: readonly number[], q: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN
}

/** The middle one. */
export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** Nanoseconds that one of `count` runs of `work` takes. */
const time = (work: (n: number) => void, count: number): number => {
  const started = process.hrtime.bigint()
  for (let n = 0; n < count; n++) work(n)
  return Number(process.hrtime.bigint() - started) / count
}

/** Both sides' ns per run, round by round. */
export interface Rounds {
  readonly ours: readonly number[]
  readonly against: readonly number[]
}

/**
 * Two pieces of work in turn, in many short rounds, each round in the other order, so that other load of the machine affects both. What a round
 * needs apart from the work (a promise, a timer) happens in `between`.
 */
export const interleave = async (
  ours: (n: number) => void,
  against: (n: number) => void,
  { rounds, count, between = () => {} }: { rounds: number; count: number; between?: () => unknown },
): Promise<Rounds> => {
  const result = { ours: [] as number[], against: [] as number[] }
  const warmUp = Math.ceil(rounds / 5)
  for (let round = -warmUp; round < rounds; round++) {
    const isEven = round % 2 === 0
    const first = time(isEven ? ours : against, count)
    await between()
    const second = time(isEven ? against : ours, count)
    await between()
    if (round < 0) continue
    result.ours.push(isEven ? first : second)
    result.against.push(isEven ? second : first)
  }
  return result
}

/** Round by round: ours divided by the other. */
export const ratios = ({ ours, against }: Rounds): number[] => ours.map((value, round) => value / against[round]!)

/** Round by round: ours minus the other. */
export const differences = ({ ours, against }: Rounds): number[] => ours.map((value, round) => value - against[round]!)

/** A readable number of nanoseconds. */
export const ns = (value: number): string =>
  value < 1000 ? `${value.toFixed(0)} ns` : `${(value / 1000).toFixed(2)} µs`

/** Passes a line to scripts/bench.mjs. */
export const print = (row: Row): void => console.log(JSON.stringify(row))

/** A line about the time of one run. */
export const printTimes = (what: string, rounds: Rounds, unit: Row['unit'], bar?: Row['bar']): void =>
  print({
    what,
    ours: ns(median(rounds.ours)),
    against: ns(median(rounds.against)),
    values: unit === '×' ? ratios(rounds) : differences(rounds),
    unit,
    ...(bar && { bar }),
  })
