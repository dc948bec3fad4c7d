import type { NoteConfirmation, SessionNote, SharedSession } from './sharedSession.js'

/** Waits until all notes that were posted before have arrived. */
export const awaitNotes = async (session: SharedSession): Promise<void> => {
  const { echoes, key, tab } = session
  const own = tab.platform.createChannel(`${key}:notes`)
  // The lock and the last notes travel separately.
  for (let round = 0; round < 2 && session.channel; round++) {
    const from = Math.random().toString(36)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await new Promise<void>((resolve) => {
      echoes.set(from, resolve)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is no window
      own.postMessage({ t: 'echo', from } satisfies SessionNote)
    })
    echoes.delete(from)
  }
  own.close()
}

/** Notes to this page itself, on a channel of its own, which leave it after those that were posted before. */
export const confirmNotes = ({ name, others, tab }: SharedSession): NoteConfirmation => {
  const tasks: (() => void)[] = []
  const [out, back] = [tab.platform.createChannel(name), tab.platform.createChannel(name)]
  back.onmessage = () => tasks.shift()?.()
  return {
    after: (task) => {
      // Without other tabs, nobody reads notes.
      if (!others.size && !tasks.length) return task()
      tasks.push(task)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is no window
      out.postMessage(0)
    },
    close: () => {
      out.close()
      back.close()
    },
  }
}
