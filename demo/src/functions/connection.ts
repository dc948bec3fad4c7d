import { createSocketActions, createSocketMiddleware, idleFeature } from '../../../src/index.js'
import { createSocketHooks } from '../../../src/react/index.js'
import { createRpcActions, jsonRpc } from '../../../src/rpc/index.js'
import { sessionFeature } from '../../../src/session/index.js'
import type { Functions } from '../../functions/methods.js'
import type { Channels } from './channels.js'

/** Three pages share this connection. */
const actions = createSocketActions('functions')

/** The actions for calls and subscriptions, typed by the functions and channels of the server. */
export const rpc = createRpcActions(actions).withTypes<{ methods: Functions; channels: Channels }>()

export const { useSocket, useSubscription } = createSocketHooks({ actions, rpc })

export const { middleware: functionsMiddleware } = createSocketMiddleware.with(
  idleFeature,
  sessionFeature,
)({
  actions,
  url: '/rpc/live',
  protocol: jsonRpc(),
  // The first call or subscription opens the connection.
  lazy: true,
  // Calls, answers in chunks and subscriptions go on after a cut.
  session: {},
})
