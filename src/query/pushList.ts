/** Pushes, the newest first. It never changes; adding one takes the same time however many there are. */
export interface PushList<Push> {
  readonly push: Push
  /** Its number, in a channel with history. */
  readonly offset: number | undefined
  readonly before: PushList<Push> | undefined
  readonly size: number
}

/** The number of pushes. */
export const sizeOfList = (list: PushList<unknown> | undefined): number => list?.size ?? 0

/** The list with one more push. */
export const append = <Push>(list: PushList<Push> | undefined, push: Push, offset?: number): PushList<Push> => ({
  push,
  offset,
  before: list,
  size: sizeOfList(list) + 1,
})

/** The pushes with their numbers, the oldest first. */
export const toArray = <Push>(list: PushList<Push> | undefined): PushList<Push>[] => {
  const nodes = Array<PushList<Push>>(sizeOfList(list))
  for (let node = list; node; node = node.before) nodes[node.size - 1] = node
  return nodes
}
