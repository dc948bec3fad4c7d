import { createNextState, isDraft, original, type Draft } from '@reduxjs/toolkit'

/** Brings one push into the data: changes the draft, or returns what is to take its place. */
export type Apply<Data, Push> = (draft: Draft<Data>, push: Push) => unknown

/** Changes the data of a cache entry, as `updateCachedData` does. */
export type Update = (recipe: (data: unknown) => unknown) => unknown

/** Says that a push is to take the place of the data, which one change for many pushes cannot do. */
class Replaced extends Error {}

/**
 * Brings pushes into the data: many as one change. Where one of them throws, or returns what is to take the data's place, they are taken one by one, so
 * `apply` may see a push twice; the data that it then made of it is let go. What it throws is reported, and that push left out.
 */
export const createApply = <Data, Push>(
  apply: Apply<Data, Push>,
  update: Update,
  report: (thrown: unknown) => void,
) => {
  let isOneByOne = false

  const together = (pushes: readonly Push[]) =>
    update((draft) => {
      if (!isDraft(draft)) throw new Replaced()
      for (const push of pushes) {
        const made = apply(draft as Draft<Data>, push)
        if (made !== undefined && made !== draft) throw new Replaced()
      }
    })
  const one = (data: unknown, push: Push): unknown => {
    try {
      return createNextState(data, (draft) => apply(draft as Draft<Data>, push) as never)
    } catch (thrown) {
      report(thrown)
      return data
    }
  }
  const apart = (pushes: readonly Push[]) =>
    update((draft) => {
      const before: unknown = isDraft(draft) ? original(draft) : draft
      const made = pushes.reduce(one, before)
      // Of a draft, nothing returned is nothing changed.
      return made === before && isDraft(draft) ? undefined : made
    })

  return (pushes: readonly Push[]): void => {
    if (!isOneByOne) {
      try {
        together(pushes)
        return
      } catch (thrown) {
        // What throws may do so only once; what replaces does it by design.
        isOneByOne = thrown instanceof Replaced
      }
    }
    apart(pushes)
  }
}
