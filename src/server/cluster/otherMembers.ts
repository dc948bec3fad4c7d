import { after, now, type Cancel } from '../../internal/clock.js'
import type { MemberMessage } from './memberMessages.js'
import type { MemberChange, MemberEntry, MemberTable } from './memberTable.js'

/** Keeps the members of the other nodes in the table, by what those nodes report. */
export interface OtherMembers {
  /** Applies the report of another node. @throws when there are too many members */
  readonly receive: (message: MemberMessage) => void
  readonly stop: () => void
}

/** What {@link createOtherMembers} needs. */
export interface OtherMembersConfig {
  readonly table: MemberTable
  /** Milliseconds without a report after which the members of a node are removed. */
  readonly nodeTimeout: number
  /** Asks a node for all its members: a change was missed. */
  readonly ask: (node: string) => void
}

/** The milliseconds between two questions to the same node. */
const ASK_PAUSE = 1_000
/** How often silent nodes are looked for within `nodeTimeout`. */
const CHECKS = 3
/** The entries of all nodes that are kept: anyone who may publish on the bus could invent members. */
const MAX_ENTRIES = 200_000

interface OtherNode {
  /** The number of changes that have been applied. A node that is not known has no members, as one that has sent no change. */
  version: number
  reportedAt: number
  askedAt: number
  /** The parts of all its members that have been received. */
  parts: { readonly version: number; count: number; readonly entries: MemberEntry[] } | undefined
}

interface OthersState extends OtherMembersConfig {
  readonly nodes: Map<string, OtherNode>
  cancelCheck: Cancel | undefined
}

const forget = (state: OthersState, node: string): void => {
  state.nodes.delete(node)
  state.table.replace(node, [])
}

const checkLater = (state: OthersState): void => {
  if (state.nodes.size === 0) return
  state.cancelCheck ??= after(state.nodeTimeout / CHECKS, () => {
    state.cancelCheck = undefined
    for (const [node, { reportedAt }] of Array.from(state.nodes))
      // A clock that was set back must not keep a node for ever.
      if (Math.abs(now() - reportedAt) >= state.nodeTimeout) forget(state, node)
    checkLater(state)
  })
}

const nodeOf = (state: OthersState, id: string): OtherNode => {
  const node = state.nodes.get(id) ?? { version: 0, reportedAt: 0, askedAt: -Infinity, parts: undefined }
  state.nodes.set(id, node)
  node.reportedAt = now()
  checkLater(state)
  return node
}

const checkRoom = ({ table }: OthersState, more: number): void => {
  if (table.size() + more > MAX_ENTRIES) throw new RangeError(`over ${MAX_ENTRIES} members`)
}

/** Collects the parts of all members of a node, and replaces what was known of it when all have come. */
const receivePart = (
  state: OthersState,
  id: string,
  version: number,
  { part, isLast, entries }: NonNullable<MemberMessage['all']>,
): void => {
  const node = nodeOf(state, id)
  if (node.version === version) return
  if (part === 0) node.parts = { version, count: 0, entries: [] }
  const { parts } = node
  if (!parts || parts.version !== version || parts.count !== part) {
    // A part was missed. The next report of the node shows that, because the version stays as it was.
    node.parts = undefined
    return
  }
  checkRoom(state, parts.entries.length + entries.length - state.table.sizeOf(id))
  parts.count++
  parts.entries.push(...entries)
  if (!isLast) return
  node.parts = undefined
  node.version = version
  state.table.replace(id, parts.entries)
}

const applyChanges = (state: OthersState, id: string, changes: readonly MemberChange[]): void => {
  for (const { kind, channel, member } of changes) {
    if (kind === 'leave') {
      state.table.remove(id, channel, member.id)
      continue
    }
    checkRoom(state, 1)
    state.table.add(id, channel, member)
  }
}

const receive = (state: OthersState, { node: id, version, changes, all, bye }: MemberMessage): void => {
  if (bye) return forget(state, id)
  if (version === undefined) return
  if (all) return receivePart(state, id, version, all)
  const node = nodeOf(state, id)
  if (changes && node.version === version - 1) {
    node.version = version
    return applyChanges(state, id, changes)
  }
  if (node.version === version || Math.abs(now() - node.askedAt) < ASK_PAUSE) return
  node.askedAt = now()
  state.ask(id)
}

/** Creates the members of the other nodes; none is known yet. */
export const createOtherMembers = (config: OtherMembersConfig): OtherMembers => {
  const state: OthersState = { ...config, nodes: new Map(), cancelCheck: undefined }
  return {
    receive: (message) => receive(state, message),
    stop: () => state.cancelCheck?.(),
  }
}
