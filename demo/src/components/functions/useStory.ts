import { useCallback, useEffect, useRef, useState } from 'react'
import { remotes } from '../../functions/remote.js'
import { useAppDispatch } from '../../hooks.js'

export interface Story {
  readonly words: readonly string[]
  /** Why the story has ended; empty while it arrives, and before the first one. */
  readonly end: string
  readonly isArriving: boolean
}

const none: Story = { words: [], end: '', isArriving: false }

/** A story that arrives word by word. */
export function useStory() {
  const dispatch = useAppDispatch()
  const [story, setStory] = useState(none)
  const cancelLast = useRef(() => {})

  const ask = useCallback(
    async (about: string) => {
      cancelLast.current()
      const answer = dispatch(remotes.socket.tell({ about }))
      cancelLast.current = answer.cancel
      setStory({ ...none, isArriving: true })
      try {
        for await (const word of answer) setStory((before) => ({ ...before, words: [...before.words, word] }))
      } catch {
        // The result has the error.
      }
      const { data, error } = await answer.result
      // Another story may have begun.
      if (cancelLast.current !== answer.cancel) return
      const isCancelled = error?.code === 'request_aborted'
      const end = data
        ? `Complete: ${data.words} words.`
        : isCancelled
          ? 'Cancelled.'
          : `${error.code}: ${error.message}`
      setStory((before) => ({ ...before, end, isArriving: false }))
    },
    [dispatch],
  )
  const cancel = useCallback(() => cancelLast.current(), [])
  // The server stops when the page is left.
  useEffect(() => cancel, [cancel])
  return { story, ask, cancel }
}
