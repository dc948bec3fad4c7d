import { soon } from '../internal/clock.js'

/** Things that live as long as somebody holds them. */
export interface Shares<Thing> {
  /** What is held under a key, if anything is. */
  readonly peek: (key: string) => Thing | undefined
  /** Holds what is there under a key; if nothing is, what `begin` makes. */
  readonly hold: (key: string, begin: () => Thing) => { readonly thing: Thing; readonly release: () => void }
}

/**
 * Creates shares. The end comes once the code that released the last hold has run: what is taken up again in the same breath, as by
 * StrictMode, by hot reload, or by a component that takes another's place, has never ended.
 */
export const createShares = <Thing extends { readonly end: () => void }>(): Shares<Thing> => {
  const entries = new Map<string, { readonly thing: Thing; holders: number }>()
  return {
    peek: (key) => entries.get(key)?.thing,
    hold: (key, begin) => {
      const entry = entries.get(key) ?? { thing: begin(), holders: 0 }
      entries.set(key, entry)
      entry.holders++
      const release = () => {
        entry.holders--
        soon(() => {
          if (entry.holders || entries.get(key) !== entry) return
          entries.delete(key)
          entry.thing.end()
        })
      }
      return { thing: entry.thing, release }
    },
  }
}
