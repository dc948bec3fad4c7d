import { useCallback } from 'react'
import { idleSocket } from '../state/socketReducer.js'
import type { SocketState } from '../state/socketState.js'
import { useAttached, type SocketControls } from './attach.js'
import type { HooksConfig } from './config.js'
import { useTracked } from './tracked.js'

/** What a component sees of a connection, and can do with it. */
export interface SocketView<Send = unknown> extends SocketState, SocketControls<Send> {
  /** Whether a send would go out now: `status === 'open'`. */
  readonly isOpen: boolean
}

const idle = { ...idleSocket, isOpen: false }

/** The state of a connection for a component of it, which is rendered again when something changes that it reads. */
export const useSocketState = (hook: string, { context, selectSocket }: HooksConfig, name: string) => {
  const attached = useAttached(hook, context, name)
  const { store, view } = attached
  const read = useCallback(() => view(selectSocket(store.getState() as never, name)), [store, view, selectSocket, name])
  return { attached, state: useTracked(attached, read, idle) }
}

/** Creates `useSocket`. */
export const createUseSocket =
  <Send>(config: HooksConfig) =>
  (name: string = config.name): SocketView<Send> => {
    const { attached, state } = useSocketState('useSocket', config, name)
    return Object.assign(state, attached.controls)
  }
