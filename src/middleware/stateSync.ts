import { idleSocket, reduceSocket } from '../state/socketReducer.js'
import type { SocketState } from '../state/socketState.js'

// The store may be reset or hydrated, or get the reducer late, under any key. The connection keeps what its entry in the store should be, and corrects
// the store where that differs.

/** Keeps the store's entry of one connection true. */
export interface StateSync {
  /** The connection dispatches this event or command. */
  readonly record: (verb: string, payload: unknown) => void
  /** The entry gets these values. */
  readonly patch: (values: object) => void
  /** Compares the store with what was recorded. Called after every action; it only reads the entry unless that has changed. */
  readonly check: () => void
  /** Whether the entry was found in the state. */
  readonly isMounted: () => boolean
}

/** How deep in the state the slice is looked for. */
const MAX_DEPTH = 3

type Node = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

const isEntry = (value: unknown): value is SocketState => isObject(value) && 'status' in value && 'lastClose' in value

/** The keys from `node` to the slice that has an entry `name`. */
const findPath = (node: unknown, name: string, depth = 0): readonly string[] | undefined => {
  if (!isObject(node) || depth > MAX_DEPTH) return undefined
  if (isEntry(node[name])) return []
  for (const key of Object.keys(node)) {
    const rest = findPath(node[key], name, depth + 1)
    if (rest) return [key, ...rest]
  }
  return undefined
}

const isEqual = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

const differs = (entry: Node, expected: object): boolean =>
  Object.entries(expected).some(([key, value]) => !isEqual(entry[key], value))

/** A restored entry that says how an earlier connection ended is kept: this one has nothing to add to it yet. */
const restoredEnd = ({ status, url, lastClose, error }: SocketState): object =>
  /^(idle|closed|failed)$/.test(status) ? { status, url, lastClose, error } : {}

/** The state of one {@link StateSync}. */
interface State {
  readonly name: string
  readonly getState: () => unknown
  readonly repair: (expected: SocketState) => void
  expected: SocketState
  hasRecorded: boolean
  /** The keys to the slice; `undefined` while it is not found. */
  path: readonly string[] | undefined
  /** Whether something has changed since the slice was looked for in vain. */
  isWorthLooking: boolean
  rootSize: number
  /** The entry at the last comparison. */
  seen: unknown
  isRepairing: boolean
}

const read = ({ getState, name, path }: State): SocketState | undefined => {
  let node: unknown = getState()
  for (const key of path!) node = isObject(node) ? node[key] : undefined
  return isObject(node) ? (node[name] as SocketState | undefined) : undefined
}

const repairEntry = (state: State): void => {
  state.isRepairing = true
  state.repair(state.expected)
  state.isRepairing = false
}

/** Looks for the entry. A slice that was mounted late has none yet: it gets one. */
const find = (state: State): void => {
  const { getState, hasRecorded, name, rootSize } = state
  const root = getState()
  const size = isObject(root) ? Object.keys(root).length : 0
  if (!state.isWorthLooking && size === rootSize) return
  state.path = findPath(root, name)
  if (!state.path && hasRecorded && rootSize && size !== rootSize) {
    repairEntry(state)
    state.path = findPath(getState(), name)
  }
  state.rootSize = size
  state.isWorthLooking = false
  const entry = state.path && !hasRecorded && read(state)
  if (entry) state.expected = { ...state.expected, ...restoredEnd(entry) }
}

const check = (state: State): void => {
  if (state.isRepairing) return
  if (!state.path) find(state)
  if (!state.path) return
  const entry = read(state)
  if (entry === state.seen) return
  state.seen = entry
  if (!differs((entry ?? idleSocket) as unknown as Node, state.expected)) return
  repairEntry(state)
  state.seen = read(state)
  // Mounted elsewhere meanwhile.
  if (!state.seen) state.path = undefined
}

/** Creates it. `repair` dispatches `changed` with all values of the entry. */
export const createStateSync = (
  name: string,
  getState: () => unknown,
  repair: (expected: SocketState) => void,
): StateSync => {
  const state: State = {
    name,
    getState,
    repair,
    expected: idleSocket,
    hasRecorded: false,
    path: undefined,
    isWorthLooking: true,
    rootSize: 0,
    seen: undefined,
    isRepairing: false,
  }
  return {
    check: () => check(state),
    isMounted: () => state.path !== undefined,
    record: (verb, payload) => {
      state.expected = reduceSocket(state.expected, verb, payload)
      state.hasRecorded = state.isWorthLooking = true
    },
    patch: (values) => {
      state.expected = { ...state.expected, ...values }
      state.isWorthLooking = true
    },
  }
}
