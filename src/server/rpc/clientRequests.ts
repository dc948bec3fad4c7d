import { after, type Cancel } from '../../internal/clock.js'
import { codedError } from '../../internal/errors.js'
import type { RequestOptions } from '../types.js'
import { toRpcError, type RpcReply } from './messages.js'

/** The requests that one connection was sent and has not answered. */
export interface Requests {
  readonly send: (method: string, params: unknown, options: RequestOptions) => Promise<unknown>
  /** Takes an answer; one that nobody waits for is let go. */
  readonly settle: (reply: RpcReply) => void
  /** The connection is gone: all reject. */
  readonly end: () => void
}

interface Pending {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** Creates the table of a connection; `post` sends a message to it. */
export const createRequests = (post: (message: unknown) => boolean, limit: number): Requests => {
  // Made with the first request: most connections are never asked.
  let pending: Map<number, Pending> | undefined
  let lastId = 0
  let isOver = false

  const gone = () => codedError('connection_closed', 'The connection closed before the client answered.')

  const send = async (method: string, params: unknown, { timeout = 10_000, signal }: RequestOptions) =>
    await new Promise((resolve, reject) => {
      if (isOver) return reject(gone())
      if (signal?.aborted) return reject(codedError('request_aborted', `The request "${method}" was aborted.`))
      if (pending && pending.size >= limit) {
        const message = `Expected at most ${limit} requests that wait for one client ("maxPending").`
        return reject(codedError('too_many_pending', message))
      }
      const id = ++lastId
      let cancelTimer: Cancel = () => {}
      const settleWith = (settled: () => void) => {
        if (!pending?.delete(id)) return
        cancelTimer()
        signal?.removeEventListener('abort', abort)
        settled()
      }
      const giveUp = (error: Error) =>
        settleWith(() => {
          post({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } })
          reject(error)
        })
      const abort = () => giveUp(codedError('request_aborted', `The request "${method}" was aborted.`))
      pending ??= new Map()
      pending.set(id, {
        resolve: (value) => settleWith(() => resolve(value)),
        reject: (error) => settleWith(() => reject(error)),
      })
      cancelTimer = after(timeout, () =>
        giveUp(codedError('request_timeout', `The client did not answer "${method}" within ${timeout} ms.`)),
      )
      signal?.addEventListener('abort', abort)
      const message = { jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) }
      if (!post(message)) pending.get(id)?.reject(gone())
    })

  return {
    send,
    settle: (reply) => {
      const waiting = typeof reply.id === 'number' ? pending?.get(reply.id) : undefined
      if ('error' in reply) waiting?.reject(toRpcError(reply.error))
      else waiting?.resolve(reply.result)
    },
    end: () => {
      isOver = true
      for (const { reject } of pending?.values() ?? []) reject(gone())
    },
  }
}
