import type { ConnectionRecording } from '../types.js'

type Values = (number | null)[]

/** The traffic of a range of time, one item a second. */
export interface Columns {
  /** The starts of the seconds, in milliseconds since the epoch. */
  readonly times: number[]
  readonly received: Values
  readonly sent: Values
  readonly receivedBytes: Values
  readonly sentBytes: Values
  readonly dropped: Values
  readonly queued: Values
  readonly latency: Values
}

const SECOND = 1_000

/** The seconds from `from` to `to`, those without traffic included. The queue and the latency keep their last value. */
export const toColumns = ({ seconds }: ConnectionRecording, from: number, to: number): Columns => {
  const start = Math.floor(from / SECOND) * SECOND
  const columns: Columns = {
    times: [],
    received: [],
    sent: [],
    receivedBytes: [],
    sentBytes: [],
    dropped: [],
    queued: [],
    latency: [],
  }
  let index = 0
  while (index < seconds.length && seconds[index]!.at < start) index++
  let { queued, latency } = seconds[index - 1] ?? { queued: 0, latency: null }
  for (let at = start; at <= to; at += SECOND) {
    const second = seconds[index]?.at === at ? seconds[index++] : undefined
    if (second) ({ queued, latency } = second)
    columns.times.push(at)
    columns.received.push(second?.received ?? 0)
    columns.sent.push(second?.sent ?? 0)
    columns.receivedBytes.push(second?.receivedBytes ?? 0)
    columns.sentBytes.push(second?.sentBytes ?? 0)
    columns.dropped.push(second?.dropped ?? 0)
    columns.queued.push(queued)
    columns.latency.push(latency)
  }
  return columns
}
