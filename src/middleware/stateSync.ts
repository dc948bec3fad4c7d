import { idleSocket, noSockets, reduceSocket } from '../state/socketReducer.js'
import type { SocketState } from '../state/socketState.js'

// The store may be reset or hydrated, or get the reducer late, under any key. The connection keeps what its entry in the store should be, and corrects
// the store where that differs.

/** Keeps the store's entry of one connection true. */
export interface StateSync {
  /** The connection dispatches this event or command. */
  readonly record: (verb: string, payload: unknown) => void
  /** The entry gets these values. */
  readonly patch: (values: object) => void
  /** Corrects the store where it differs from what was recorded. Called after every action; it only reads the entry unless that has changed. */
  readonly check: () => void
}

/** Where the slice is looked for: this deep, and not in tables of data. */
const MAX_DEPTH = 3
const MAX_KEYS = 200

type Node = Readonly<Record<string, unknown>>

const isEntry = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'status' in value && 'lastClose' in value

/**
 * The keys from `node` to the slice of `socketReducer`: it is empty, or has the entry `name`. `searched` are the objects without it: state is immutable, so
 * the next search skips them.
 */
export const findPath = (
  node: unknown,
  name: string,
  searched: WeakSet<object>,
  depth = 0,
): readonly string[] | undefined => {
  if (typeof node !== 'object' || !node || searched.has(node) || depth > MAX_DEPTH) return undefined
  if (node === noSockets || isEntry((node as Node)[name])) return []
  const entries = Object.entries(node)
  for (const [key, child] of entries.length > MAX_KEYS ? [] : entries) {
    const rest = findPath(child, name, searched, depth + 1)
    if (rest) return [key, ...rest]
  }
  searched.add(node)
  return undefined
}

const differs = (entry: object, expected: object): boolean =>
  Object.entries(expected).some(([key, value]) => {
    const actual = (entry as Node)[key]
    return actual !== value && JSON.stringify(actual) !== JSON.stringify(value)
  })

/** What a restored entry says of how an earlier connection ended: kept, because this one has nothing to add to it yet. */
const endOf = ({ status, url, lastClose, error, lostAt }: SocketState): Partial<SocketState> =>
  /^(idle|closed|failed)$/.test(status) ? { status, url, lastClose, error, lostAt } : {}

/** Creates it. `repair` dispatches `changed` with all values of the entry. */
export const createStateSync = (
  name: string,
  api: { readonly getState: () => unknown },
  repair: (expected: SocketState) => void,
): StateSync => {
  let expected = idleSocket
  /** Whether something has happened since the features gave their initial values. Until then there may be no entry, or a restored one. */
  let hasRecorded = false
  let path: readonly string[] | undefined
  const searched = new WeakSet<object>()
  /** The state of the store, and the slice in it, at the last comparison. */
  let root: unknown
  let seen: Node | undefined
  /** While it corrects the store. */
  let isRepairing = false

  return {
    record: (verb, payload) => {
      expected = reduceSocket(expected, verb, payload as never)
      hasRecorded = true
    },
    patch: (values) => {
      expected = { ...expected, ...values }
      hasRecorded ||= root !== undefined
    },
    check: () => {
      const state = api.getState()
      if (state === root) return
      root = state
      path ??= findPath(state, name, searched)
      if (!path) return
      let node = state as Node | undefined
      for (const key of path) node = node?.[key] as Node | undefined
      // Mounted elsewhere now, perhaps.
      if (!node) path = undefined
      const entry = node?.[name] as SocketState | undefined
      if (node && node === seen) return
      seen = node
      if (!hasRecorded) expected = { ...expected, ...(entry && endOf(entry)) }
      if (isRepairing || !(entry ?? hasRecorded) || !differs(entry ?? idleSocket, expected)) return
      isRepairing = true
      repair(expected)
      isRepairing = false
    },
  }
}
