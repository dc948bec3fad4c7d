/** What a frame to a client takes. */
export interface FrameCost {
  readonly bytes: number
  /** What several sessions share, if there is such a thing: it counts once for all of them. */
  readonly shared: object | undefined
}

/** The memory of all frames that the sessions of a process keep. */
export interface KeptBytes {
  readonly add: (cost: FrameCost) => void
  readonly remove: (cost: FrameCost) => void
  /** In bytes, with what the entries of the frames take. */
  readonly total: () => number
}

/** An estimate of the memory of one entry, which small frames would hide. */
const ENTRY_BYTES = 64

/** Creates the count of a process. */
export const createKeptBytes = (): KeptBytes => {
  const sharers = new Map<object, number>()
  let total = 0
  return {
    add: ({ bytes, shared }) => {
      total += ENTRY_BYTES
      if (!shared) {
        total += bytes
        return
      }
      const count = sharers.get(shared) ?? 0
      if (count === 0) total += bytes
      sharers.set(shared, count + 1)
    },
    remove: ({ bytes, shared }) => {
      total -= ENTRY_BYTES
      const left = shared ? sharers.get(shared)! - 1 : 0
      if (shared && left > 0) sharers.set(shared, left)
      else if (shared) sharers.delete(shared)
      if (left === 0) total -= bytes
    },
    total: () => total,
  }
}

/** The frames to one client that it has not acknowledged, by their numbers, which have no holes. */
export interface KeptFrames<Out> {
  readonly count: () => number
  /** The bytes of all of them, shared or not. */
  readonly bytes: () => number
  /** Adds the frame with the next number. */
  readonly push: (frame: Out, cost: FrameCost) => void
  /** Returns the frame with this number; `undefined` when it is acknowledged or was never given. */
  readonly get: (number: number) => Out | undefined
  /** Forgets all frames up to this number. */
  readonly dropUpTo: (number: number) => void
}

interface Entry<Out> {
  readonly frame: Out
  readonly cost: FrameCost
}

/** Creates an empty list. The first frame of it has the number `acked + 1`. */
export const createKeptFrames = <Out>(acked: number, kept: KeptBytes): KeptFrames<Out> => {
  // Created with the first frame: most sessions have none that waits.
  let entries: Entry<Out>[] = []
  /** The index of the first entry: `shift` would move all others for each acknowledgement. */
  let first = 0
  let firstNumber = acked + 1
  let bytes = 0
  const count = () => entries.length - first
  return {
    count,
    bytes: () => bytes,
    push: (frame, cost) => {
      entries.push({ frame, cost })
      bytes += cost.bytes
      kept.add(cost)
    },
    get: (number) => entries[first + number - firstNumber]?.frame,
    dropUpTo: (number) => {
      while (firstNumber <= number && count() > 0) {
        const { cost } = entries[first]!
        entries[first++] = undefined as never
        firstNumber++
        bytes -= cost.bytes
        kept.remove(cost)
      }
      if (first < entries.length && first < 1024) return
      entries = entries.slice(first)
      first = 0
    },
  }
}
