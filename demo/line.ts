import type { Duplex } from 'node:stream'

/** The TCP sockets of upgraded requests, below the WebSockets: a session learns of a cut as it learns of a dead network. */
export interface Line {
  /** Adds the socket of an upgrade. */
  readonly watch: (socket: Duplex) => void
  /** Destroys all sockets, without a close frame. What was not read is lost. Returns their number. */
  readonly cut: () => number
  /** Stops to read from the present sockets: what pages send does not arrive. */
  readonly hold: () => void
  /** Reads again. */
  readonly release: () => void
  readonly isHeld: () => boolean
}

export function createLine(): Line {
  const sockets = new Set<Duplex>()
  const held = new Set<Duplex>()
  const release = () => {
    for (const socket of held) socket.resume()
    held.clear()
  }
  return {
    watch(socket) {
      sockets.add(socket)
      socket.once('close', () => {
        sockets.delete(socket)
        held.delete(socket)
      })
    },
    cut() {
      const all = [...sockets]
      for (const socket of all) socket.destroy()
      sockets.clear()
      held.clear()
      return all.length
    },
    hold() {
      for (const socket of sockets) held.add(socket.pause())
    },
    release,
    isHeld: () => held.size > 0,
  }
}
