import { after, type Cancel } from '../../internal/clock.js'
import { codedError } from '../../internal/errors.js'
import type { RpcReply } from '../../internal/jsonRpc.js'
import type { ClientRequestOptions } from '../types.js'
import { toRpcError } from './messages.js'

/** The requests to one client that wait for its reply. */
export interface ClientRequests {
  readonly send: (method: string, params: unknown, options: ClientRequestOptions) => Promise<unknown>
  /** Settles the request of this reply. A reply that no request waits for is ignored. */
  readonly settle: (reply: RpcReply) => void
  /** Rejects all requests: the connection has closed. */
  readonly end: () => void
}

interface PendingRequest {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

interface RequestTable {
  readonly sendValue: (message: unknown) => boolean
  readonly limit: number
  /** Created with the first request: most connections never have one. */
  pending: Map<number, PendingRequest> | undefined
  lastId: number
  hasEnded: boolean
}

const connectionClosed = () => codedError('connection_closed', 'The connection closed before the client replied.')
const requestAborted = (method: string) => codedError('request_aborted', `The request "${method}" was aborted.`)

const refusalOfRequest = (table: RequestTable, method: string, signal: AbortSignal | undefined): Error | undefined => {
  if (table.hasEnded) return connectionClosed()
  if (signal?.aborted) return requestAborted(method)
  if (!table.pending || table.pending.size < table.limit) return undefined
  const message = `Expected at most ${table.limit} requests that wait for one client ("maxPending").`
  return codedError('too_many_pending', message)
}

const sendRequest = async (
  table: RequestTable,
  method: string,
  params: unknown,
  { timeout = 10_000, signal }: ClientRequestOptions,
): Promise<unknown> =>
  await new Promise((resolve, reject) => {
    const refusal = refusalOfRequest(table, method, signal)
    if (refusal) return reject(refusal)
    const id = ++table.lastId
    let cancelTimer: Cancel = () => {}
    const settleOnce = (settle: () => void) => {
      if (!table.pending?.delete(id)) return
      cancelTimer()
      signal?.removeEventListener('abort', abort)
      settle()
    }
    const giveUp = (error: Error) =>
      settleOnce(() => {
        table.sendValue({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } })
        reject(error)
      })
    const abort = () => giveUp(requestAborted(method))
    table.pending ??= new Map()
    table.pending.set(id, {
      resolve: (value) => settleOnce(() => resolve(value)),
      reject: (error) => settleOnce(() => reject(error)),
    })
    cancelTimer = after(timeout, () =>
      giveUp(codedError('request_timeout', `The client did not reply to "${method}" within ${timeout} ms.`)),
    )
    signal?.addEventListener('abort', abort)
    const message = { jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) }
    if (!table.sendValue(message)) table.pending.get(id)?.reject(connectionClosed())
  })

/** Creates the table of one connection, with room for `limit` requests at once. `sendValue` returns false when nothing can be sent. */
export const createClientRequests = (sendValue: (message: unknown) => boolean, limit: number): ClientRequests => {
  const table: RequestTable = { sendValue, limit, pending: undefined, lastId: 0, hasEnded: false }
  return {
    send: async (method, params, options) => await sendRequest(table, method, params, options),
    settle: (reply) => {
      const request = typeof reply.id === 'number' ? table.pending?.get(reply.id) : undefined
      if ('error' in reply) request?.reject(toRpcError(reply.error))
      else request?.resolve(reply.result)
    },
    end: () => {
      table.hasEnded = true
      for (const { reject } of table.pending?.values() ?? []) reject(connectionClosed())
    },
  }
}
