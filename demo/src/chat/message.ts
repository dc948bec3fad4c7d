/** What a message contains besides its text. */
export type ExtraData = 'none' | 'numbers' | 'rich'

/** The data that a message is created from. It is plain, so it can be in the store; the message may not be. */
export interface Draft {
  /** Counts up and identifies the echo. */
  readonly n: number
  readonly text: string
  readonly extra: ExtraData
  /** Milliseconds since the epoch. */
  readonly at: number
}

const levels = [0, 23, 24, 127, 128, 255, 256, 1000, 65_535, 65_536, 1_000_000]
const track = Array.from({ length: 6 }, (_, n) => ({ lat: 52.5 + Math.sin(n) / 10, lon: 13.4 + Math.cos(n) / 10 }))
const thumbnail = Uint8Array.from({ length: 48 }, (_, n) => (n * 89 + 137) % 256)

const extras: Readonly<Record<ExtraData, (at: number) => object>> = {
  none: () => ({}),
  numbers: () => ({ levels, track }),
  rich: (at) => ({ at: new Date(at), thumbnail }),
}

/** Creates the message of a draft. With `rich` it contains a Date and bytes, which not every codec can encode. */
export const createMessage = ({ n, text, extra, at }: Draft) => ({
  type: 'chat/said' as const,
  payload: { n, text, ...extras[extra](at) },
})

/** The number of a received message; `undefined` for a message of another kind. */
export function readNumber(message: unknown): number | undefined {
  const n = (message as { payload?: { n?: unknown } } | null | undefined)?.payload?.n
  return typeof n === 'number' ? n : undefined
}
