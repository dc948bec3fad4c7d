/** The bytes of one connection's chunks that may be unconfirmed at a time. Each streaming reply may have one chunk beyond it. */
const MAX_UNCONFIRMED_BYTES = 256 * 1024

/** The chunks that one streaming reply may send. */
export interface StreamCredit {
  /** Resolves when the next chunk may be sent, or the credit has ended; `undefined` when one may be sent now. */
  readonly wait: () => Promise<void> | undefined
  /** A chunk of that many bytes was sent. */
  readonly spend: (bytes: number) => void
  /** The client has read chunks: they count no more. Returns whether there were any. */
  readonly confirm: (count: number) => boolean
  /** The reply is over. */
  readonly end: () => void
}

/** The credits of the streaming replies of one connection, which share the bound in bytes. */
export interface StreamCredits {
  /** Creates the credit of a reply whose client holds up to `window` unread chunks. */
  readonly open: (window: number) => StreamCredit
}

interface OpenStream {
  readonly window: number
  /** The bytes of each chunk that is unconfirmed, the oldest first. */
  readonly unconfirmed: number[]
  wake: (() => void) | undefined
  hasEnded: boolean
}

interface CreditState {
  readonly streams: Set<OpenStream>
  bytes: number
}

const maySend = ({ bytes }: CreditState, { window, unconfirmed, hasEnded }: OpenStream): boolean =>
  hasEnded || unconfirmed.length === 0 || (unconfirmed.length < window && bytes < MAX_UNCONFIRMED_BYTES)

/** Lets the streams go on that may send again. */
const wakeAll = (state: CreditState): void => {
  for (const stream of state.streams) {
    if (!stream.wake || !maySend(state, stream)) continue
    stream.wake()
    stream.wake = undefined
  }
}

const confirm = (state: CreditState, { unconfirmed }: OpenStream, count: number): boolean => {
  const read = unconfirmed.splice(0, count)
  for (const bytes of read) state.bytes -= bytes
  wakeAll(state)
  return read.length > 0
}

/** Creates the credits of one connection. */
export const createStreamCredits = (): StreamCredits => {
  const state: CreditState = { streams: new Set(), bytes: 0 }
  return {
    open: (window) => {
      const stream: OpenStream = { window, unconfirmed: [], wake: undefined, hasEnded: false }
      state.streams.add(stream)
      return {
        wait: () =>
          maySend(state, stream)
            ? undefined
            : new Promise((resolve) => {
                stream.wake = resolve
              }),
        spend: (bytes) => {
          stream.unconfirmed.push(bytes)
          state.bytes += bytes
        },
        confirm: (count) => confirm(state, stream, count),
        end: () => {
          stream.hasEnded = true
          confirm(state, stream, stream.unconfirmed.length)
          state.streams.delete(stream)
        },
      }
    },
  }
}
