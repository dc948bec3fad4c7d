import { createSocketActions, createSocketMiddleware, idleFeature } from '../../../src/index.js'
import { createSocketHooks } from '../../../src/react/index.js'
import { createRpcActions, jsonRpc } from '../../../src/rpc/index.js'
import type { Functions } from '../../functions/methods.js'
import type { Channels } from './channels.js'

/** A connection that three pages share. */
const actions = createSocketActions('functions')

/** Its vocabulary, typed by what the server has. */
export const rpc = createRpcActions(actions).withTypes<{ methods: Functions; channels: Channels }>()

export const { useSocket, useSubscription } = createSocketHooks({ actions, rpc })

export const { middleware: functionsMiddleware } = createSocketMiddleware.with(idleFeature)({
  actions,
  url: '/rpc/live',
  protocol: jsonRpc(),
  // Opened by the first call or subscription.
  lazy: true,
})
