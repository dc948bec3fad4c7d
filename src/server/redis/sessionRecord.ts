import type { Buffer } from 'node:buffer'
import type { ClaimedSession, FoundSession, SessionSnapshot, StoredFrame } from '../session/sessionStore.js'
import { toFields } from './appendBatches.js'
import type { ScriptArgument } from './script.js'

// Between the replies of the scripts and the values of a store of sessions. Texts in replies are bytes.

/** Reads the reply of `find`. */
export const toFoundSession = (reply: unknown): FoundSession | undefined => {
  if (!Array.isArray(reply)) return undefined
  const [id, owner, node, generation, isStale, isLate] = reply as readonly unknown[]
  return {
    id: String(id),
    owner: String(owner),
    node: String(node),
    generation: Number(generation),
    isStale: isStale === 1,
    isLate: isLate === 1,
  }
}

/** Reads the reply of `peek`. */
export const toPeek = (reply: unknown): Pick<FoundSession, 'node' | 'generation' | 'isStale'> | undefined =>
  Array.isArray(reply) ? { generation: Number(reply[0]), isStale: reply[1] === 1, node: String(reply[2]) } : undefined

/** An entry of the stream: its id, and the kind and the bytes of a frame. */
type StreamEntry = readonly [id: Buffer, fields: readonly [kind: Buffer, frame: Buffer]]

const toStoredFrame = ([id, [kind, frame]]: StreamEntry): StoredFrame => ({
  number: Number.parseInt(String(id), 10),
  frame: String(kind) === 't' ? String(frame) : Uint8Array.from(frame),
})

/** Reads the reply of `claim` for the session `hash`. */
export const toClaimedSession = (hash: string, reply: unknown): ClaimedSession | 'late' | undefined => {
  if (!Array.isArray(reply)) return reply === null ? undefined : 'late'
  const [fields, entries] = reply as unknown as readonly [readonly unknown[], readonly StreamEntry[]]
  const record = new Map<string, string>()
  for (let index = 0; index < fields.length; index += 2) record.set(String(fields[index]), String(fields[index + 1]))
  const text = (name: string): string => record.get(name) ?? ''
  const count = (name: string): number => Number(text(name))
  return {
    hash,
    id: text('id'),
    owner: text('own'),
    node: text('n'),
    codec: text('codec'),
    ttl: count('ttl'),
    generation: count('g'),
    turn: count('turn'),
    handled: count('in'),
    top: count('top'),
    acked: count('acked'),
    doubt: count('doubt'),
    data: text('data'),
    frames: entries.map(toStoredFrame),
    tries: count('tries'),
  }
}

/** Writes the arguments of `restore`. */
export const toRestoreArguments = (snapshot: SessionSnapshot): readonly ScriptArgument[] => {
  const { generation, id, owner, node, codec, ttl, turn, handled, top, acked, doubt, data, frames } = snapshot
  const record = [generation, id, owner, node, codec, ttl, turn, handled, top, acked, doubt, data]
  return [...record, ...frames.flatMap((frame) => [frame.number, ...toFields(frame)])]
}
