import { after, type Cancel } from '../../internal/clock.js'
import { messageOf } from '../../internal/errors.js'
import type { Report } from '../problems.js'
import type { Packet } from '../connection/packets.js'
import type { NodeSessions } from './nodeSessions.js'
import type { SessionSettings } from './sessionOptions.js'
import type { SessionStore } from './sessionStore.js'

/** Joins the sessions of a process with a store that others share. */
export interface StoreLink {
  /** Resolves when the process may act for its sessions again. */
  readonly whenAwake: () => Promise<void>
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
/** How long until an attempt to ask the store again that has failed, in milliseconds. */
const RETRY_MS = 1_000

interface StoreLinkState extends StoreLinkConfig {
  readonly store: SessionStore
  waiters: (() => void)[]
  cancelTouch: Cancel
  cancelRetry: Cancel
  isClosed: boolean
}

const wake = async (state: StoreLinkState): Promise<void> => {
  const { node, report } = state
  state.cancelRetry()
  if (state.isClosed) return
  try {
    await node.wake()
    for (const resolve of state.waiters.splice(0)) resolve()
  } catch (error) {
    report({ code: 'session_store_failed', message: `The store of sessions failed: ${messageOf(error)}`, error })
    state.cancelRetry = after(RETRY_MS, () => void wake(state))
  }
}

const touchAll = (state: StoreLinkState): void => {
  const { node, settings } = state
  for (const session of node.sessions()) if (session.link) node.touch(session)
  state.cancelTouch = after(settings.ttl / TOUCHES, () => touchAll(state))
}

const noStore: StoreLink = {
  whenAwake: async () => await Promise.resolve(),
  close: async () => await Promise.resolve(),
}

/** Starts to answer other processes, and to follow whether the store can be reached. */
export const createStoreLink = (config: StoreLinkConfig): StoreLink => {
  const { node, name, store, settings, report } = config
  if (!store) return noStore
  const state: StoreLinkState = {
    ...config,
    store,
    waiters: [],
    cancelTouch: () => {},
    cancelRetry: () => {},
    isClosed: false,
  }
  state.cancelTouch = after(settings.ttl / TOUCHES, () => touchAll(state))
  const stopReleases = store.answerReleases(name, node.release)
  const stopReach = store.onReach((isReachable) => {
    if (isReachable) void wake(state)
    else node.pause()
  })
  return {
    whenAwake: async () => {
      if (node.isPaused()) await new Promise<void>((resolve) => state.waiters.push(resolve))
    },
    close: async () => {
      state.isClosed = true
      state.cancelTouch()
      state.cancelRetry()
      for (const resolve of state.waiters.splice(0)) resolve()
      stopReleases()
      stopReach()
      try {
        await store.close()
      } catch (error) {
        report({ code: 'session_store_failed', message: `The store of sessions failed: ${messageOf(error)}`, error })
      }
    },
  }
}
