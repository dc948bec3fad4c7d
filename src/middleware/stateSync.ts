import { idleSocket, reduceSocket } from '../state/socketReducer.js'
import type { SocketState } from '../state/socketState.js'

// The store may be reset or hydrated, or get the reducer late, under any key. The connection keeps what its entry in the store should be, and corrects
// the store where that differs.

/** Keeps the store's entry of one connection true. */
export interface StateSync {
  /** The connection dispatches this event or command. */
  readonly record: (verb: string, payload: unknown, state?: object) => void
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

/** Creates it. `repair` dispatches `changed` with all values of the entry. */
export const createStateSync = (
  name: string,
  getState: () => unknown,
  repair: (expected: SocketState) => void,
): StateSync => {
  let expected = idleSocket
  let hasRecorded = false
  let path: readonly string[] | undefined
  /** Whether something has changed since the slice was looked for in vain. */
  let isWorthLooking = true
  let rootSize = 0
  let seen: unknown
  let isRepairing = false

  const read = (): SocketState | undefined => {
    let node: unknown = getState()
    for (const key of path!) node = isObject(node) ? node[key] : undefined
    return isObject(node) ? (node[name] as SocketState | undefined) : undefined
  }
  const dispatchRepair = () => {
    isRepairing = true
    repair(expected)
    isRepairing = false
  }
  /** Looks for the entry. A slice that was mounted late has none yet: it gets one. */
  const find = () => {
    const root = getState()
    const size = isObject(root) ? Object.keys(root).length : 0
    if (!isWorthLooking && size === rootSize) return
    path = findPath(root, name)
    if (!path && hasRecorded && rootSize && size !== rootSize) {
      dispatchRepair()
      path = findPath(getState(), name)
    }
    rootSize = size
    isWorthLooking = false
    const entry = path && !hasRecorded && read()
    if (entry) expected = { ...expected, ...restoredEnd(entry) }
  }
  return {
    isMounted: () => path !== undefined,
    record: (verb, payload, state) => {
      expected = { ...reduceSocket(expected, verb, payload), ...state }
      hasRecorded = isWorthLooking = true
    },
    check: () => {
      if (isRepairing) return
      if (!path) find()
      if (!path) return
      const entry = read()
      if (entry === seen) return
      seen = entry
      if (!differs((entry ?? idleSocket) as unknown as Node, expected)) return
      dispatchRepair()
      seen = read()
      // Mounted elsewhere meanwhile.
      if (!seen) path = undefined
    },
  }
}
