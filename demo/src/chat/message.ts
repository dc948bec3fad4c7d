export type Cargo = 'text' | 'numbers' | 'rich'

/** What a message is made of. Plain data, unlike the message: from it, the same one can be made again. */
export interface Draft {
  /** Counts up; tells whose echo has come. */
  readonly n: number
  readonly text: string
  readonly cargo: Cargo
  /** Milliseconds since the epoch. */
  readonly at: number
}

const levels = [0, 23, 24, 127, 128, 255, 256, 1000, 65_535, 65_536, 1_000_000]
const track = Array.from({ length: 6 }, (_, n) => ({ lat: 52.5 + Math.sin(n) / 10, lon: 13.4 + Math.cos(n) / 10 }))
const thumbnail = Uint8Array.from({ length: 48 }, (_, n) => (n * 89 + 137) % 256)

const cargoes: Readonly<Record<Cargo, (at: number) => object>> = {
  text: () => ({}),
  numbers: () => ({ levels, track }),
  rich: (at) => ({ at: new Date(at), thumbnail }),
}

/** The message; with its cargo it has a Date and bytes, which no store may see and not every codec can carry. */
export const compose = ({ n, text, cargo, at }: Draft) => ({
  type: 'chat/said' as const,
  payload: { n, text, ...cargoes[cargo](at) },
})

/** The number of a received message; `undefined` of one that is not from here. */
export function numberOf(message: unknown): number | undefined {
  const n = (message as { payload?: { n?: unknown } } | null | undefined)?.payload?.n
  return typeof n === 'number' ? n : undefined
}
