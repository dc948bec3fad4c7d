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
export interface RoomMessage extends Omit<Draft, 'isRepeated'> {
  /** Counts up: the order in which the server has handled the messages. */
  readonly n: number
}
