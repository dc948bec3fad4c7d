import { nanoid } from '@reduxjs/toolkit'
import { useCallback, useState } from 'react'
import type { RequestResult } from '../../../../src/rpc/index.js'
import type { Example } from '../../functions/examples.js'
import { remotes, type Transport } from '../../functions/remote.js'
import { useAppDispatch } from '../../hooks.js'

export interface Call {
  readonly id: string
  readonly code: string
  readonly transport: Transport
  readonly abort: () => void
  /** Absent while it waits for its answer. */
  readonly result?: RequestResult<unknown>
  readonly milliseconds?: number
  /** What the server says became of one that was given up. */
  readonly end?: string
}

/** Calls that are shown; of more, the oldest go. */
const MAX_CALLS = 20

/** The calls made on this page, the newest first. */
export function useCalls() {
  const dispatch = useAppDispatch()
  const [calls, setCalls] = useState<readonly Call[]>([])

  const begin = useCallback(
    async ({ code, call, isTracked = false }: Example, transport: Transport) => {
      const remote = remotes[transport]
      const id = nanoid()
      const note = (news: Partial<Call>) =>
        setCalls((before) => before.map((one) => (one.id === id ? { ...one, ...news } : one)))

      const startedAt = performance.now()
      const handle = dispatch(call(remote, id))
      setCalls((before) => [{ id, code, transport, abort: handle.abort }, ...before].slice(0, MAX_CALLS))
      const result = await handle
      note({ result, milliseconds: performance.now() - startedAt })
      if (!isTracked || !result.error) return
      const { data, error } = await dispatch(remote.endOfSleep({ ticket: id }))
      note({ end: error ? error.message : data })
    },
    [dispatch],
  )
  return { calls, begin }
}
