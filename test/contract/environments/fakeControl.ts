import type { FakeConnection, FakeServerOptions } from '../../../src/testing/index.js'
import { createHeldServer } from '../../support/heldServer.js'
import type { ServerControl, ServerSnapshot } from '../environment.js'
import { watchSnapshots } from './watchSnapshots.js'

// A scripted server on the fake network. It sends in later microtasks, a few messages in each, as a network would.

const pick = (offered: readonly string[]): string => (offered.includes('chat.v1') ? 'chat.v1' : (offered[0] ?? ''))

const chunk = 100

/** Creates the scripted server and its control. */
export const createFakeControl = (options: FakeServerOptions = {}) => {
  const network = createHeldServer({ mode: 'accept', protocol: pick, ...options })
  const accepted: FakeConnection[] = []
  const received: (string | number[])[] = []
  const ended: { code: number; reason: string }[] = []
  let echoes = false

  const isOpen = ({ socket: client }: FakeConnection): boolean => client.readyState === 1
  // The server goes on sending to a client that is closing until both have closed.
  const receives = ({ socket: client }: FakeConnection): boolean => client.readyState === 1 || client.readyState === 2

  const snapshot = (): ServerSnapshot => ({
    attempts: network.connections.length,
    accepted: accepted.length,
    open: accepted.filter(isOpen).length,
    paths: accepted.map(({ url }) => new URL(url).pathname + new URL(url).search),
    received: received.slice(),
    ended: ended.slice(),
  })
  const { changed, reached } = watchSnapshots(snapshot)

  network.onAttempt = (peer) => {
    peer.socket.addEventListener('open', () => {
      accepted.push(peer)
      changed()
    })
    peer.socket.addEventListener('close', (event) => {
      if (!accepted.includes(peer)) return
      const { code, reason } = event as CloseEvent
      const { closedBy } = peer
      ended.push(closedBy === null ? { code, reason } : { code: closedBy.code ?? 1005, reason: closedBy.reason })
      changed()
    })
    peer.onReceived = (frame) => {
      received.push(typeof frame === 'string' ? frame : Array.from(new Uint8Array(frame)))
      changed()
      if (echoes) peer.sendRaw(frame)
    }
    changed()
  }

  const each = async (act: (peer: FakeConnection, index: number) => void): Promise<void> => {
    await Promise.resolve()
    accepted.forEach((peer, index) => {
      if (receives(peer)) act(peer, index)
    })
  }
  const inChunks = async (count: number, say: (index: number) => void): Promise<void> => {
    for (let index = 0; index < count; index++) {
      // oxlint-disable-next-line no-await-in-loop
      if (index % chunk === 0) await Promise.resolve()
      say(index)
    }
  }

  const control: ServerControl = {
    snapshot: async () => snapshot(),
    reached,
    sendText: async (...texts) => await each((peer) => texts.forEach((text) => peer.sendRaw(text))),
    sendBinary: async (...frames) =>
      await each((peer) => frames.forEach((frame) => peer.sendRaw(Uint8Array.from(frame)))),
    sendNumbers: async (count) => {
      const peers = accepted.filter(isOpen)
      await inChunks(count, (index) => peers.forEach((peer) => peer.sendRaw(String(index))))
    },
    sendMarked: async (count) => {
      const peers = accepted.map((peer, connection) => ({ peer, connection })).filter(({ peer }) => isOpen(peer))
      await inChunks(count, (n) => {
        for (const { peer, connection } of peers) if (receives(peer)) peer.sendRaw(JSON.stringify({ connection, n }))
      })
    },
    sendHuge: async (bytes) => await each((peer) => peer.sendRaw(JSON.stringify('x'.repeat(bytes - 2)))),
    sendInvalidText: async () => await each((peer) => peer.fail()),
    echo: async (on) => {
      echoes = on
    },
    closeAll: async (code, reason) => await each((peer) => peer.close(code, reason)),
    dropAll: async () => await each((peer) => peer.cut()),
    refuse: async (on) => {
      network.mode = on ? 'refuse' : 'accept'
    },
    freeze: async (on) => {
      network.mode = on ? 'hold' : 'accept'
      if (on) for (const peer of network.connections) peer.freeze()
    },
    stop: async () => {
      network.mode = 'refuse'
      await each((peer) => peer.cut())
    },
    start: async () => {
      network.mode = 'accept'
    },
  }
  return { network, control, snapshot }
}
