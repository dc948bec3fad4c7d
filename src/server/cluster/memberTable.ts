import type { ChannelMember } from '../types.js'

/** A change of who is in a channel. */
export interface MemberChange {
  readonly kind: 'join' | 'leave'
  readonly channel: string
  readonly member: ChannelMember
}

/** The members of each channel, by node. A member that several nodes have is listed once. */
export interface MemberTable {
  /** Adds a member of a node. Calls `onChange` if no other node had it. */
  readonly add: (node: string, channel: string, member: ChannelMember) => void
  /** Removes a member of a node. Calls `onChange` if no other node has it. */
  readonly remove: (node: string, channel: string, id: string) => void
  /** Replaces all members of a node. Calls `onChange` for the differences. */
  readonly replace: (node: string, entries: readonly MemberEntry[]) => void
  /** Returns the members of a channel, in the order in which they joined. */
  readonly list: (channel: string) => readonly ChannelMember[]
  /** Returns the members of a node. */
  readonly entriesOf: (node: string) => readonly MemberEntry[]
  /** Returns the number of entries of a node. */
  readonly sizeOf: (node: string) => number
  /** The number of entries of all nodes. */
  readonly size: () => number
}

/** A member in a channel. */
export interface MemberEntry {
  readonly channel: string
  readonly member: ChannelMember
}

interface PresentMember {
  readonly member: ChannelMember
  readonly nodes: Set<string>
}

interface TableState {
  readonly onChange: (change: MemberChange) => void
  /** By channel, then by the id of the member. */
  readonly channels: Map<string, Map<string, PresentMember>>
  /** By node, then by {@link keyOf}. */
  readonly nodes: Map<string, Map<string, MemberEntry>>
  size: number
}

// No two pairs have the same key: a text in JSON ends where its quote does.
const keyOf = (channel: string, id: string): string => JSON.stringify(channel) + id

const add = (state: TableState, node: string, channel: string, member: ChannelMember): void => {
  const entries = state.nodes.get(node) ?? new Map<string, MemberEntry>()
  const key = keyOf(channel, member.id)
  if (entries.has(key)) return
  state.nodes.set(node, entries.set(key, { channel, member }))
  state.size++
  const members = state.channels.get(channel) ?? new Map<string, PresentMember>()
  const present = members.get(member.id)
  if (present) return void present.nodes.add(node)
  state.channels.set(channel, members.set(member.id, { member, nodes: new Set([node]) }))
  state.onChange({ kind: 'join', channel, member })
}

const remove = (state: TableState, node: string, channel: string, id: string): void => {
  const entries = state.nodes.get(node)
  if (!entries?.delete(keyOf(channel, id))) return
  state.size--
  if (entries.size === 0) state.nodes.delete(node)
  const members = state.channels.get(channel)
  const present = members?.get(id)
  if (!members || !present) return
  present.nodes.delete(node)
  if (present.nodes.size > 0) return
  members.delete(id)
  if (members.size === 0) state.channels.delete(channel)
  state.onChange({ kind: 'leave', channel, member: present.member })
}

const replace = (state: TableState, node: string, entries: readonly MemberEntry[]): void => {
  const kept = new Set(entries.map(({ channel, member }) => keyOf(channel, member.id)))
  for (const [key, { channel, member }] of Array.from(state.nodes.get(node) ?? []))
    if (!kept.has(key)) remove(state, node, channel, member.id)
  for (const { channel, member } of entries) add(state, node, channel, member)
}

/** Creates an empty table. */
export const createMemberTable = (onChange: (change: MemberChange) => void): MemberTable => {
  const state: TableState = { onChange, channels: new Map(), nodes: new Map(), size: 0 }
  return {
    add: (node, channel, member) => add(state, node, channel, member),
    remove: (node, channel, id) => remove(state, node, channel, id),
    replace: (node, entries) => replace(state, node, entries),
    list: (channel) => Array.from(state.channels.get(channel)?.values() ?? [], ({ member }) => member),
    entriesOf: (node) => [...(state.nodes.get(node)?.values() ?? [])],
    sizeOf: (node) => state.nodes.get(node)?.size ?? 0,
    size: () => state.size,
  }
}
