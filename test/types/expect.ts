/** Whether two types are the same, `any` and `readonly` included. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the only way to compare types exactly
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Does not compile unless given `true`. */
export type Expect<Holds extends true> = Holds
