import type { FakeConnection } from '../../src/testing/index.js'
import { createHeldServer } from './heldServer.js'

interface Call {
  readonly id?: number
  readonly method: string
  readonly params: { readonly channel?: string; readonly params?: unknown; readonly id?: string }
}

/** A fake network with a server behind it that knows subscriptions, as `reduplex/server` words them. */
export const createRpcNetwork = () => {
  const network = createHeldServer({ mode: 'accept' })
  const calls: Call[] = []
  const live = new Map<string, { readonly peer: FakeConnection; readonly channel: string; readonly params: unknown }>()
  let waiting: (() => void)[] | undefined
  let made = 0

  const serve = (peer: FakeConnection, { id, method, params }: Call): unknown => {
    if (method === 'unsubscribe') return { id, result: live.delete(params.id ?? '') }
    if (params.channel === 'forbidden') return { id, error: { code: 403, message: 'Not for you' } }
    const own = `s${++made}`
    live.set(own, { peer, channel: params.channel ?? '', params: params.params })
    return { id, result: own }
  }
  network.onAttempt = (peer) => {
    peer.onReceived = (frame) => {
      const call = JSON.parse(frame as string) as Call
      calls.push(call)
      if (call.id === undefined) return
      const answer = () => peer.sendRaw(JSON.stringify({ jsonrpc: '2.0', ...(serve(peer, call) as object) }))
      if (waiting) waiting.push(answer)
      else answer()
    }
  }
  return Object.assign(network, {
    /** All that clients asked, oldest first. */
    calls,
    /** What clients asked, as `method` or `method channel`, oldest first. */
    requests: () =>
      calls.map(({ method, params }) => (params.channel === undefined ? method : `${method} ${params.channel}`)),
    /** The channels that are subscribed to, once for each subscription. */
    subscribed: () => [...live.values()].map(({ channel }) => channel),
    /** From here on answers wait, for the function that is returned. */
    holdAnswers: () => {
      waiting = []
      return () => {
        const answers = waiting ?? []
        waiting = undefined
        for (const answer of answers) answer()
      }
    },
    /** Pushes to all who are subscribed to a channel. */
    push: (channel: string, data: unknown) => {
      for (const [id, subscription] of live) {
        if (subscription.channel !== channel) continue
        const params = { id, channel, data }
        subscription.peer.sendRaw(JSON.stringify({ jsonrpc: '2.0', method: '$/push', params }))
      }
    },
    /** The connection is cut, and the server forgets what was subscribed on it. */
    cutAndForget: () => {
      live.clear()
      network.last.cut()
    },
  })
}
