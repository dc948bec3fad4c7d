import type { UnknownAction } from '@reduxjs/toolkit'
import { socketConnect, type WithSockets } from '../../../src/index.js'
import {
  jsonRpc,
  selectPendingCount,
  selectSubscription,
  type JsonRpcOptions,
  type RpcSocketState,
} from '../../../src/rpc/index.js'
import { advanceTime } from '../../support/fakeTime.js'
import { setupStore, type StoreOptions, type TestStore } from '../../support/setupStore.js'

export { advanceTime, useFakeTime } from '../../support/fakeTime.js'

export interface WireMessage {
  readonly jsonrpc?: string
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

export interface RpcTestStore extends TestStore {
  /** What the server received on all sockets, parsed, the oldest first. */
  readonly sentMessages: () => WireMessage[]
  /** What it received on the newest socket. */
  readonly lastSocketMessages: () => WireMessage[]
  /** The newest message. */
  readonly lastMessage: () => WireMessage
  /** The server replies to the newest message, or to the one with that id. */
  readonly answer: (result: unknown, id?: number | string) => void
  readonly refuse: (error: unknown, id?: number | string) => void
  /** The server pushes on a subscription, by its own id of it. */
  readonly push: (id: unknown, data: unknown, channel?: string) => void
  readonly pendingCount: () => number
  readonly subscription: (id: string) => ReturnType<typeof selectSubscription>
  /** The default connection's entry in the store. */
  readonly rpc: () => RpcSocketState
  /** The errors so far. */
  readonly errors: () => string[]
  /** The data of the pushes so far. */
  readonly pushed: () => unknown[]
}

export interface RpcStoreOptions extends StoreOptions {
  rpcOptions?: JsonRpcOptions
}

const parse = (frame: unknown): WireMessage => JSON.parse(String(frame)) as WireMessage

/** A store whose connection speaks JSON-RPC and is idle. Retries follow after 100 ms. */
export const setupRpcStore = ({ rpcOptions, ...options }: RpcStoreOptions = {}): RpcTestStore => {
  const store = setupStore({
    protocol: jsonRpc(rpcOptions),
    reconnect: { backoff: () => 100 },
    ...options,
  })
  const root = () => store.app() as unknown as WithSockets
  const sentMessages = (): WireMessage[] => store.sent().map(parse)
  const lastMessage = (): WireMessage => {
    const last = sentMessages().at(-1)
    if (!last) throw new Error('expected a message, got none')
    return last
  }
  const ofType = (type: string): UnknownAction[] => store.recorder.all.filter((action) => action.type === type)
  return {
    ...store,
    sentMessages,
    lastSocketMessages: () => store.network.last.receivedRaw.map(parse),
    lastMessage,
    answer: (result, id = lastMessage().id!) => store.receiveJson({ jsonrpc: '2.0', id, result }),
    refuse: (error, id = lastMessage().id!) => store.receiveJson({ jsonrpc: '2.0', id, error }),
    push: (id, data, channel = 'news') =>
      store.receiveJson({ jsonrpc: '2.0', method: '$/push', params: { id, channel, data } }),
    pendingCount: () => selectPendingCount(root()),
    subscription: (id) => selectSubscription(root(), id),
    rpc: () => store.state() as RpcSocketState,
    errors: () => ofType('socket/error').map(({ payload }) => (payload as { code: string }).code),
    pushed: () => ofType('socket/push').map(({ payload }) => payload),
  }
}

/** The same, with an open connection. */
export const setupOpenRpcStore = async (options?: RpcStoreOptions): Promise<RpcTestStore> => {
  const store = setupRpcStore(options)
  void store.dispatch(socketConnect())
  await advanceTime(1)
  store.takeActions()
  return store
}
