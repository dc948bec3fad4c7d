import { useCallback, useEffect, useState } from 'react'
import { selectSession } from '../../../../src/session/index.js'
import { fetchRoomStatus, runRoomFault } from '../../faults.js'
import { formatPlural } from '../../format.js'
import { useAppStore } from '../../hooks.js'
import type { RoomFaultName, RoomStatus } from '../../room/messages.js'
import { selectEntries, selectIsOnItsWay } from '../../room/roomSlice.js'
import { roomSocket } from '../../room/socket.js'
import type { AppStore } from '../../store.js'

const results: Readonly<Record<RoomFaultName, string>> = {
  'hold-up': 'The server reads nothing until you release it, or cut.',
  'release-up': 'The server reads again.',
  'hold-down': 'The page gets nothing until you release it, or cut.',
  'release-down': 'The page gets everything again.',
  cut: 'Cut',
  restart: 'The server has handled what it had, ended the sessions, and started again.',
  crash: 'The server has lost its sessions, and started again. Cut',
}

const describe = (name: RoomFaultName, affected: number | undefined): string =>
  affected === undefined ? results[name] : `${results[name]} ${formatPlural(affected, 'connection')}.`

/** How often the state is read again while a message is on its way, in milliseconds. */
const READ_MS = 500

/**
 * Reads the state of the server over HTTP, because the connection may be broken: now, when a message or the session changes, and repeatedly while a
 * message is on its way. Returns a function that stops it.
 */
const follow = (store: AppStore, onStatus: (status: RoomStatus) => void, onError: (error: Error) => void) => {
  let last: readonly [unknown, unknown] | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const stopped = new AbortController()
  const read = async () => {
    clearTimeout(timer)
    try {
      const status = await fetchRoomStatus(stopped.signal)
      if (!stopped.signal.aborted) onStatus(status)
    } catch (error) {
      if (!stopped.signal.aborted) onError(error as Error)
    }
    if (stopped.signal.aborted || !selectIsOnItsWay(store.getState())) return
    clearTimeout(timer)
    timer = setTimeout(() => void read(), READ_MS)
  }
  const readAfterChange = () => {
    const state = store.getState()
    const entries = selectEntries(state)
    const session = selectSession(state, roomSocket.name)
    if (entries === last?.[0] && session === last[1]) return
    last = [entries, session]
    void read()
  }
  readAfterChange()
  const unsubscribe = store.subscribe(readAfterChange)
  return () => {
    unsubscribe()
    stopped.abort()
    clearTimeout(timer)
  }
}

/** The state of the server, and the function that runs a fault. `onResult` gets what a fault did, or why it failed. */
export function useRoomStatus(onResult: (result: string) => void) {
  const store = useAppStore()
  const [status, setStatus] = useState<RoomStatus>()
  useEffect(() => follow(store, setStatus, (error) => onResult(error.message)), [store, onResult])
  const run = useCallback(
    async (name: RoomFaultName) => {
      try {
        const after = await runRoomFault(name)
        setStatus(after)
        onResult(describe(name, after.affected))
      } catch (error) {
        onResult((error as Error).message)
      }
    },
    [onResult],
  )
  return { status, run: useCallback((name: RoomFaultName) => void run(name), [run]) }
}
