import { show } from '../../internal/errors.js'
import type { ChannelMember } from '../types.js'
import { isFilledText, isInteger, isNodeId, parseMessage } from './busMessage.js'
import type { MemberChange, MemberEntry } from './memberTable.js'

/**
 * A message about the members of a node. `version` counts the changes that the node has sent: who misses one asks for all. `hello` asks all nodes, `ask` one.
 */
export interface MemberMessage {
  readonly node: string
  readonly version?: number
  readonly changes?: readonly MemberChange[]
  /** A part of all members of the node. */
  readonly all?: { readonly part: number; readonly isLast: boolean; readonly entries: readonly MemberEntry[] }
  readonly hello?: true
  readonly ask?: string
  /** The node has closed. */
  readonly bye?: true
}

const MAX_ID_LENGTH = 256
const MAX_INFO_LENGTH = 4096

const malformed = (name: string, value: unknown): TypeError => new TypeError(`"${name}" is malformed: ${show(value)}`)

/**
 * Returns a member as all nodes and clients see it: what JSON keeps of it.
 * @throws for a member without an id, one whose `info` JSON cannot carry, and one that is too large
 */
export const toMember = (given: unknown): ChannelMember => {
  const { id, info } = (given ?? {}) as { id?: unknown; info?: unknown }
  if (!isFilledText(id) || id.length > MAX_ID_LENGTH)
    throw new TypeError(`expected an "id" of 1 to ${MAX_ID_LENGTH} characters, got ${show(id)}`)
  if (info === undefined) return { id }
  const text = JSON.stringify(info) as string | undefined
  if (text === undefined) throw new TypeError(`expected an "info" that JSON can carry, got ${show(info)}`)
  if (text.length > MAX_INFO_LENGTH)
    throw new TypeError(`expected an "info" of at most ${MAX_INFO_LENGTH} characters of JSON, got ${text.length}`)
  return { id, info: JSON.parse(text) as unknown }
}

type Fields = Readonly<Record<string, unknown>>

const fieldsOf = (value: unknown, name: string): Fields => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw malformed(name, value)
}

const readEntry = (value: unknown): MemberEntry => {
  const { channel, member } = fieldsOf(value, 'entry')
  // A channel that the app subscribes a client to may have any name.
  if (typeof channel !== 'string') throw malformed('channel', channel)
  return { channel, member: toMember(member) }
}

const readList = <Item>(value: unknown, name: string, read: (item: unknown) => Item): readonly Item[] => {
  if (!Array.isArray(value)) throw malformed(name, value)
  return value.map(read)
}

const readChange = (value: unknown): MemberChange => {
  const { kind } = fieldsOf(value, 'change')
  if (kind !== 'join' && kind !== 'leave') throw malformed('kind', kind)
  return { kind, ...readEntry(value) }
}

const readAll = (value: unknown): NonNullable<MemberMessage['all']> => {
  const { part, isLast, entries } = fieldsOf(value, 'all')
  if (!isInteger(part) || typeof isLast !== 'boolean') throw malformed('all', value)
  return { part, isLast, entries: readList(entries, 'entries', readEntry) }
}

/** Reads a message of the bus, which anyone may have published. Unknown members are ignored. @throws when it is malformed */
export const readMemberMessage = (text: string): MemberMessage => {
  const { node, version, changes, all, hello, ask, bye } = parseMessage(text)
  if (!isNodeId(node)) throw malformed('node', node)
  if (version !== undefined && !isInteger(version)) throw malformed('version', version)
  if (version === undefined && (changes !== undefined || all !== undefined)) throw malformed('version', version)
  return {
    node,
    ...(version !== undefined && { version }),
    ...(changes !== undefined && { changes: readList(changes, 'changes', readChange) }),
    ...(all !== undefined && { all: readAll(all) }),
    ...(hello === true && { hello }),
    ...(isNodeId(ask) && { ask }),
    ...(bye === true && { bye }),
  }
}
