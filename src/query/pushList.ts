/** Pushes, the newest first. It never changes; adding one takes the same time however many there are. */
export interface PushList<Push> {
  readonly push: Push
  readonly before: PushList<Push> | undefined
  readonly size: number
}

/** The number of pushes. */
export const sizeOfList = (list: PushList<unknown> | undefined): number => list?.size ?? 0

/** The list with one more push. */
export const append = <Push>(list: PushList<Push> | undefined, push: Push): PushList<Push> => ({
  push,
  before: list,
  size: sizeOfList(list) + 1,
})

/** The pushes, the oldest first. */
export const toArray = <Push>(list: PushList<Push> | undefined): Push[] => {
  const pushes = Array<Push>(sizeOfList(list))
  for (let node = list; node; node = node.before) pushes[node.size - 1] = node.push
  return pushes
}
