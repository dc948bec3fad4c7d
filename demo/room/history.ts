import type { Draft, RoomMessage } from '../src/room/messages.js'

/** More than the page shows. */
const MAX_MESSAGES = 200

/** The messages of the room. They survive the replacement of a server, like those in a database. */
export interface History {
  /** The oldest first. */
  readonly messages: readonly RoomMessage[]
  /**
   * Adds a message and returns it. `undefined` for a message that a user sent again and that is there already. Other messages are not compared: the
   * session alone prevents that one of them is handled twice.
   */
  readonly add: (draft: Draft) => RoomMessage | undefined
  /** How often each message was added, by id. */
  readonly count: () => Record<string, number>
}

export function createHistory(): History {
  const messages: RoomMessage[] = []
  return {
    messages,
    add({ isRepeated = false, ...message }) {
      if (isRepeated && messages.some(({ id }) => id === message.id)) return undefined
      messages.push(message)
      if (messages.length > MAX_MESSAGES) messages.shift()
      return message
    },
    count() {
      const counts: Record<string, number> = {}
      for (const { id } of messages) counts[id] = (counts[id] ?? 0) + 1
      return counts
    },
  }
}
