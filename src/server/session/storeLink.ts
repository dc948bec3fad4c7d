import { after, type Cancel } from '../../internal/clock.js'
import { detailsOf, messageOf } from '../../internal/errors.js'
import type { Report } from '../problems.js'
import type { Packet } from '../connection/packets.js'
import type { NodeSessions } from './nodeSessions.js'
import type { SessionSettings } from './sessionOptions.js'
import type { SessionStore } from './sessionStore.js'
import { createStallWatch, type StallWatch } from './stallWatch.js'

/** Joins the sessions of a process with a store that others share. */
export interface StoreLink {
  /** Whether frames may be read. Pauses the sessions when the process stood still: another one may have taken them over. */
  readonly isAwake: () => boolean
  /** Whether the store is out of reach, so that the sessions do not go on soon. */
  readonly isUnreachable: () => boolean
  /** Resolves when the process may act for its sessions again. */
  readonly whenAwake: () => Promise<void>
  /** Reports an error of the store, and saves again later. */
  readonly onError: (error: unknown) => void
  /** Stops to use the store, and closes it. Never rejects. */
  readonly close: () => Promise<void>
}

/** What {@link createStoreLink} needs. */
export interface StoreLinkConfig {
  readonly node: NodeSessions<Packet>
  /** The name of the process. */
  readonly name: string
  readonly store: SessionStore | undefined
  readonly settings: SessionSettings
  readonly report: Report
}

/** Sessions that nothing happens to are written so many times within their ttl. */
const TOUCHES = 3
/** How long until an attempt that has failed is repeated, in milliseconds. */
const RETRY_MS = 1_000

interface StoreLinkState extends StoreLinkConfig {
  readonly store: SessionStore
  readonly stall: StallWatch
  readonly waiters: (() => void)[]
  isReachable: boolean
  isClosed: boolean
  cancelTouch: Cancel
  /** Set while an attempt to ask or to save again is planned. */
  cancelRetry: Cancel | undefined
  cancelForget: Cancel
  /** The errors that were reported since the store last worked. */
  readonly reported: Set<string>
}

const report = (state: StoreLinkState, code: string, message: string, error: unknown): void => {
  if (state.reported.has(message)) return
  state.reported.add(message)
  state.report({ code, message, error })
}

const onError = (state: StoreLinkState, error: unknown): void => {
  // An outage is reported once, and what was not saved is saved when it is over.
  if (!state.isReachable || state.isClosed) return
  report(state, 'session_store_failed', `The store of sessions failed: ${messageOf(error)}`, error)
  state.cancelForget()
  state.cancelRetry ??= after(RETRY_MS, () => {
    state.cancelRetry = undefined
    state.cancelForget = after(RETRY_MS, () => state.reported.clear(), true)
    if (state.node.isPaused()) void wake(state)
    else state.node.saveAll()
  })
}

const wake = async (state: StoreLinkState): Promise<void> => {
  const { node } = state
  if (state.isClosed || !state.isReachable) return
  try {
    await node.wake()
  } catch (error) {
    onError(state, error)
  }
  if (node.isPaused()) return
  for (const resolve of state.waiters.splice(0)) resolve()
}

const onReach = (state: StoreLinkState, isReachable: boolean, error: Error | undefined): void => {
  state.isReachable = isReachable
  state.cancelRetry?.()
  state.cancelRetry = undefined
  if (isReachable) {
    state.reported.clear()
    void wake(state)
    return
  }
  state.node.pause()
  const details = error ? `: ${detailsOf(error)}` : ''
  const message = `The store of sessions is unreachable${details}. Clients are told to try again, and no frame of a session is read.`
  report(state, 'session_store_unreachable', message, error)
}

const touchAll = (state: StoreLinkState): void => {
  const { node, settings } = state
  if (!node.isPaused()) for (const session of node.sessions()) if (session.link) node.touch(session)
  state.cancelTouch = after(settings.ttl / TOUCHES, () => touchAll(state), true)
}

const close = async (state: StoreLinkState): Promise<void> => {
  state.isClosed = true
  state.cancelTouch()
  state.cancelRetry?.()
  state.cancelForget()
  state.stall.stop()
  for (const resolve of state.waiters.splice(0)) resolve()
  try {
    await state.store.close()
  } catch (error) {
    state.report({ code: 'session_store_failed', message: `The store of sessions failed: ${messageOf(error)}`, error })
  }
}

const noStore: StoreLink = {
  isAwake: () => true,
  isUnreachable: () => false,
  whenAwake: async () => await Promise.resolve(),
  onError: () => {},
  close: async () => await Promise.resolve(),
}

/** Whether frames may be read. The other processes take sessions over from one that does not answer. */
const isAwake = (state: StoreLinkState): boolean => {
  const { node, stall } = state
  if (stall.check() && !node.isPaused()) {
    node.pause()
    void wake(state)
  }
  return !node.isPaused()
}

const whenAwake = async ({ node, waiters }: StoreLinkState): Promise<void> => {
  if (node.isPaused()) await new Promise<void>((resolve) => waiters.push(resolve))
}

const release = async (state: StoreLinkState, hash: string, turn: number): Promise<boolean> => {
  if (!isAwake(state)) {
    if (!state.isReachable) return false
    await whenAwake(state)
  }
  return await state.node.release(hash, turn)
}

/** Starts to answer other processes, and to follow whether the store can be reached. */
export const createStoreLink = (config: StoreLinkConfig): StoreLink => {
  const { name, store, settings } = config
  if (!store) return noStore
  const state: StoreLinkState = {
    ...config,
    store,
    stall: createStallWatch(),
    waiters: [],
    isReachable: true,
    isClosed: false,
    cancelTouch: () => {},
    cancelRetry: undefined,
    cancelForget: () => {},
    reported: new Set(),
  }
  state.cancelTouch = after(settings.ttl / TOUCHES, () => touchAll(state), true)
  const stopReleases = store.answerReleases(name, async (hash, turn) => await release(state, hash, turn))
  const stopReach = store.onReach((isReachable, error) => onReach(state, isReachable, error))
  return {
    isAwake: () => isAwake(state),
    isUnreachable: () => !state.isReachable,
    whenAwake: async () => await whenAwake(state),
    onError: (error) => onError(state, error),
    close: async () => {
      stopReleases()
      stopReach()
      await close(state)
    },
  }
}
