import { useCallback } from 'react'
import type { Contract } from '../actions/contract.js'
import type { SocketActions } from '../actions/createSocketActions.js'
import { idleSocket } from '../state/socketReducer.js'
import { socketOf } from '../state/socketSelectors.js'
import type { SocketState } from '../state/socketState.js'
import { nameOf, useHookContext, type HooksConfig, type SocketControls, type NameOrActions } from './storeContext.js'
import { useTracked } from './tracked.js'

/** What a component sees of a connection, and can do with it. */
export interface SocketView<Send = unknown> extends SocketState, SocketControls<Send> {
  /** Whether a send would go out now: `status === 'open'`. */
  readonly isOpen: boolean
}

/** `useSocket` of a connection that is given by its name or, typed, by its actions. */
export type UseSocket = <C extends Contract = Contract>(
  actions?: NameOrActions<SocketActions<C>>,
) => SocketView<C['send']>

const idle = { ...idleSocket, isOpen: false }

/** The state of a connection. The component renders again when a member changes that it reads. */
export const useSocketState = (hook: string, config: HooksConfig, name: string) => {
  const { selectSockets } = config
  const context = useHookContext(hook, config, name)
  const { store, view } = context
  const read = useCallback(
    () => view(socketOf(selectSockets(store.getState() as never), name)),
    [store, view, selectSockets, name],
  )
  return { context, state: useTracked(context, read, idle) }
}

/** Creates `useSocket`. */
export const createUseSocket =
  (config: HooksConfig) =>
  (target: NameOrActions = config.name): SocketView => {
    const { context, state } = useSocketState('useSocket', config, nameOf(target))
    return Object.assign(state, context.controls)
  }
