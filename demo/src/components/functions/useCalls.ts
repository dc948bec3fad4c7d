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
  /** Absent while the call is pending. */
  readonly result?: RequestResult<unknown>
  readonly milliseconds?: number
  /** The outcome on the server, for a call that was aborted. */
  readonly outcome?: string
}

/** The number of calls that are shown; the oldest are removed. */
const MAX_CALLS = 20

/** The calls of this page, the newest first. */
export function useCalls() {
  const dispatch = useAppDispatch()
  const [calls, setCalls] = useState<readonly Call[]>([])

  const start = useCallback(
    async ({ code, call, hasOutcome = false }: Example, transport: Transport) => {
      const remote = remotes[transport]
      const id = nanoid()
      const update = (changes: Partial<Call>) =>
        setCalls((before) => before.map((shown) => (shown.id === id ? { ...shown, ...changes } : shown)))

      const startedAt = performance.now()
      const handle = dispatch(call(remote, id))
      setCalls((before) => [{ id, code, transport, abort: handle.abort }, ...before].slice(0, MAX_CALLS))
      const result = await handle
      update({ result, milliseconds: performance.now() - startedAt })
      if (!hasOutcome || !result.error) return
      const { data, error } = await dispatch(remote.sleepOutcome({ ticket: id }))
      update({ outcome: error ? error.message : data })
    },
    [dispatch],
  )
  return { calls, start }
}
