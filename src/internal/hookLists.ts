type AnyHook = (...args: never[]) => unknown

/** The function of a hook that may be missing. */
export type HookCall<Hooks, Name extends keyof Hooks> = Extract<Hooks[Name], AnyHook>

/** A hook and its place among the hooks of the same name. */
export interface Hook<Call> {
  readonly order: number
  readonly call: Call
}

/** Hooks by name, each list sorted by `order`. */
export interface HookLists<Hooks extends object> {
  /** Adds every hook of `hooks`; hooks of the same order keep the order of attaching. */
  readonly attach: (order: number, hooks: Hooks) => void
  /** The hooks by name. A list never changes: hooks attached while it is read are in the next one. */
  readonly lists: { readonly [Name in keyof Hooks]?: readonly Hook<HookCall<Hooks, Name>>[] }
  /** Calls every hook of that name. */
  readonly run: <Name extends keyof Hooks>(name: Name, ...args: Parameters<HookCall<Hooks, Name>>) => void
  /** Whether a hook of that name returns true; the first one ends the search. */
  readonly some: <Name extends keyof Hooks>(name: Name, ...args: Parameters<HookCall<Hooks, Name>>) => boolean
}

/** For a name without hooks. */
export const noHooks: readonly never[] = []

/** Creates empty lists. */
export const createHookLists = <Hooks extends object>(): HookLists<Hooks> => {
  const lists: { [Name in keyof Hooks]?: readonly Hook<HookCall<Hooks, Name>>[] } = {}
  return {
    lists,
    attach: (order, hooks) => {
      for (const name of Object.keys(hooks) as (keyof Hooks)[]) {
        const call = hooks[name] as HookCall<Hooks, typeof name> | undefined
        if (call) lists[name] = [...(lists[name] ?? noHooks), { order, call }].sort((a, b) => a.order - b.order)
      }
    },
    run: (name, ...args) => {
      for (const { call } of lists[name] ?? noHooks) call(...args)
    },
    some: (name, ...args) => (lists[name] ?? noHooks).some(({ call }) => call(...args)),
  }
}
