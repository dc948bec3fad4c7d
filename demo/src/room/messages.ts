// The schemas of the messages of the room, for the page and the server.
import * as v from 'valibot'

export const MAX_TEXT = 200

/** What a page sends: `{ type: 'room/say', payload }`. */
export const draftSchema = v.strictObject({
  /** Made by the page. */
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  /** The name of the page. */
  from: v.pipe(v.string(), v.minLength(1), v.maxLength(20)),
  text: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(MAX_TEXT)),
  /** Whether the user has sent it again: the server may have handled it before. */
  isRepeated: v.optional(v.boolean()),
})

export type Draft = v.InferOutput<typeof draftSchema>

/** A message that the server has handled. */
export type RoomMessage = Omit<Draft, 'isRepeated'>

/** The state of the server of the room, which the page reads over HTTP. */
export interface RoomStatus {
  /** Whether the server reads nothing of what the pages send. */
  readonly isUpHeld: boolean
  /** Whether nothing of what the server sends reaches the pages. */
  readonly isDownHeld: boolean
  /** How often each message was handled, by id. */
  readonly handled: Readonly<Record<string, number>>
  /** The number of connections that a fault affected. */
  readonly affected?: number
}

/** The faults of the room. */
export type RoomFaultName = 'hold-up' | 'release-up' | 'hold-down' | 'release-down' | 'cut' | 'restart' | 'crash'
