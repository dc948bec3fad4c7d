import { createAction, nanoid } from '@reduxjs/toolkit'
import {
  createProtocol,
  SocketFailure,
  type Command,
  type Protocol,
  type ProtocolHost,
  type SocketProtocol,
} from '../../src/index.js'

// The protocol graphql-transport-ws (github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), written as an app would write it: with what reduplex exports, and
// nothing else.

interface Operation {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
}

const meta = { socket: 'default' }

/** Begins an operation; `dispatch` returns its id. */
export const graphqlSubscribe = createAction('socket/graphqlSubscribe', (payload: Operation) => ({
  payload,
  meta,
})) as unknown as ((operation: Operation) => Command<Operation, string>) & { readonly type: string }

/** Ends one. */
export const graphqlComplete = createAction('socket/graphqlComplete', (payload: string) => ({
  payload,
  meta,
})) as unknown as ((id: string) => Command<string, void>) & { readonly type: string }

export const graphqlNext = createAction('graphql/next', (id: string, result: unknown) => ({ payload: { id, result } }))
export const graphqlError = createAction('graphql/error', (id: string, errors: unknown) => ({
  payload: { id, errors },
}))
export const graphqlCompleted = createAction<string>('graphql/completed')

interface Message {
  readonly type: string
  readonly id?: string
  readonly payload?: unknown
}

const types = new Set(['next', 'error', 'complete', 'ping', 'pong', 'connection_ack'])

const isMessage = (message: unknown): message is Message => types.has((message as Message | null)?.type ?? '')

interface GraphqlOptions {
  /** Given to the server at each open: a token. */
  readonly connectionParams?: () => unknown
}

const speak = (host: ProtocolHost, { connectionParams }: GraphqlOptions): Protocol => {
  const operations = new Map<string, Operation>()
  const finish = (id: string) => {
    if (!operations.delete(id)) return
    host.dispatch(graphqlCompleted(id))
  }
  const handlers: Readonly<Record<string, (id: string, payload: unknown) => void>> = {
    next: (id, payload) => host.deliver(graphqlNext(id, payload)),
    error: (id, payload) => {
      operations.delete(id)
      host.dispatch(graphqlError(id, payload))
    },
    complete: finish,
    ping: () => void host.send({ type: 'pong' }, { whenOffline: 'drop' }),
  }
  return {
    subprotocols: ['graphql-transport-ws'],
    commands: {
      graphqlSubscribe: (command, next) => {
        const id = nanoid()
        next({ ...command, meta: { ...command.meta, id, delivery: 'handled' } as ProtocolMeta })
        operations.set(id, command.payload as Operation)
        if (host.status() === 'open') host.send({ id, type: 'subscribe', payload: command.payload })
        else host.use()
        return id
      },
      graphqlComplete: (command, next) => {
        next({ ...command, meta: { ...command.meta, delivery: 'handled' } as ProtocolMeta })
        const id = command.payload as string
        if (operations.has(id) && host.status() === 'open') host.send({ id, type: 'complete' })
        finish(id)
      },
    },
    handshake: async ({ send, receive }) => {
      await send({ type: 'connection_init', payload: connectionParams?.() })
      const answer = (await receive()) as Message
      if (answer.type !== 'connection_ack') throw new SocketFailure(`Expected connection_ack, got ${answer.type}.`)
    },
    resume: ({ send }) => {
      for (const [id, payload] of operations) void send({ id, type: 'subscribe', payload })
    },
    claims: isMessage,
    receive: (message, toPlain) => {
      const { type, id = '', payload } = message as Message
      handlers[type]?.(id, toPlain(payload))
    },
    isBusy: () => operations.size > 0,
  }
}

interface ProtocolMeta {
  readonly socket: string
  readonly id?: string
  readonly delivery: string
}

export const graphqlTransportWs = (options: GraphqlOptions = {}): SocketProtocol =>
  createProtocol((host) => speak(host, options))
