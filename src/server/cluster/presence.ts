import { after, now, type Cancel } from '../../internal/clock.js'

/** The number of connections on all nodes. */
export interface Presence {
  /** Returns the connections of this node and those that the other nodes last reported. */
  readonly count: () => number
  /** Sets the number that another node reports. @throws when there are too many nodes */
  readonly setNode: (node: string, connections: number) => void
  /** Calls `onChange` if the count is another than at the last call. */
  readonly reportChange: () => void
  /** Forgets the other nodes, without a report. */
  readonly stop: () => void
}

/** What {@link createPresence} needs. */
export interface PresenceConfig {
  /** Returns the connections of this node. */
  readonly own: () => number
  /** Milliseconds without a report after which a node is forgotten. */
  readonly nodeTimeout: number
  readonly onChange: (count: number) => void
}

/** Anyone who may publish on the bus could invent nodes. */
const MAX_NODES = 10_000

interface PresenceState extends PresenceConfig {
  /** By the time of their last report: the first is the first to be forgotten. */
  readonly nodes: Map<string, { readonly connections: number; readonly reportedAt: number }>
  /** The sum of `nodes`. */
  others: number
  lastReported: number
  cancelCheck: Cancel | undefined
}

const forgetNode = (state: PresenceState, node: string): void => {
  state.others -= state.nodes.get(node)?.connections ?? 0
  state.nodes.delete(node)
}

const reportChange = (state: PresenceState): void => {
  const count = state.own() + state.others
  if (count === state.lastReported) return
  state.lastReported = count
  state.onChange(count)
}

const forgetSilentNodes = (state: PresenceState): void => {
  const { nodes, nodeTimeout } = state
  state.cancelCheck = undefined
  for (const [node, { reportedAt }] of nodes) {
    const left = reportedAt + nodeTimeout - now()
    // After a clock was set back, `left` is larger than the timeout; the node must not stay for ever.
    if (left > 0 && left <= nodeTimeout) {
      state.cancelCheck = after(left, () => forgetSilentNodes(state))
      break
    }
    forgetNode(state, node)
  }
  reportChange(state)
}

const setNode = (state: PresenceState, node: string, connections: number): void => {
  const { nodes, nodeTimeout } = state
  if (connections > 0 && !nodes.has(node) && nodes.size >= MAX_NODES) throw new RangeError(`over ${MAX_NODES} nodes`)
  const before = state.others
  forgetNode(state, node)
  if (connections > 0) {
    nodes.set(node, { connections, reportedAt: now() })
    state.others += connections
    state.cancelCheck ??= after(nodeTimeout, () => forgetSilentNodes(state))
  }
  if (state.others !== before) reportChange(state)
}

/** Creates the count of a node that knows no others yet. */
export const createPresence = ({ own, nodeTimeout, onChange }: PresenceConfig): Presence => {
  const state: PresenceState = {
    own,
    nodeTimeout,
    onChange,
    nodes: new Map(),
    others: 0,
    lastReported: 0,
    cancelCheck: undefined,
  }
  return {
    count: () => own() + state.others,
    setNode: (node, connections) => setNode(state, node, connections),
    reportChange: () => reportChange(state),
    stop: () => {
      state.cancelCheck?.()
      state.nodes.clear()
      state.others = 0
    },
  }
}
