import type { SocketState } from '../state/socketState.js'
import type { ConnectionRecording } from './types.js'

/** The number of items that are not after `time`. The items are in the order of their times. */
const countUntil = (items: readonly { readonly at: number }[], time: number): number => {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (items[middle]!.at <= time) low = middle + 1
    else high = middle
  }
  return low
}

const until = <Item extends { readonly at: number }>(items: readonly Item[], time: number): readonly Item[] =>
  items.slice(0, countUntil(items, time))

/** What had been recorded at `time`, in milliseconds since the epoch. Rows show what is known now: a send that was queued then may be marked as sent. */
export const recordingAt = (recording: ConnectionRecording, time: number): ConnectionRecording => {
  const { changes, rows } = recording
  const changeCount = countUntil(changes, time)
  let state = recording.state
  for (let index = changes.length; index > changeCount; index--) {
    const { before } = changes[index - 1]!
    // The first change is that from no entry to the whole entry.
    state = index === 1 && Object.keys(before).length === 0 ? null : ({ ...state, ...before } as SocketState)
  }
  const rowsThen = until(rows, time)
  return {
    ...recording,
    rows: rowsThen,
    total: recording.total - (rows.length - rowsThen.length),
    seconds: until(recording.seconds, time),
    phases: until(recording.phases, time),
    marks: until(recording.marks, time),
    changes: changes.slice(0, changeCount),
    state,
  }
}

/** The first and the last moment of recordings, in milliseconds since the epoch. */
export const spanOf = (connections: readonly ConnectionRecording[]): { readonly from: number; readonly to: number } => {
  const lists = connections.flatMap(({ rows, phases, marks, changes, seconds }) => [
    rows,
    phases,
    marks,
    changes,
    seconds,
  ])
  const firsts = lists.flatMap((list) => list[0]?.at ?? [])
  const lasts = lists.flatMap((list) => list.at(-1)?.at ?? [])
  if (!firsts.length) return { from: 0, to: 0 }
  return { from: Math.min(...firsts), to: Math.max(...lasts) }
}
