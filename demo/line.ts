import type { Duplex } from 'node:stream'

/** A direction of the line: `up` is from the pages to the server, `down` the other one. */
export type Direction = 'up' | 'down'

/** The TCP sockets of upgraded requests, below the WebSockets. A cut here looks to both ends like a dead network. */
export interface Line {
  /** Adds the socket of an upgrade. */
  readonly watch: (socket: Duplex) => void
  /** Destroys all sockets without a close frame. Held data is lost. Returns the number of sockets. */
  readonly cut: () => number
  /** Holds the data of one direction on the present sockets. New sockets are not held. */
  readonly hold: (direction: Direction) => void
  /** Lets the held data of one direction pass. */
  readonly release: (direction: Direction) => void
  /** Whether a direction is held. */
  readonly isHeld: (direction: Direction) => boolean
}

const holders: Readonly<
  Record<Direction, { readonly hold: (socket: Duplex) => void; readonly release: (socket: Duplex) => void }>
> = {
  // The server reads nothing.
  up: { hold: (socket) => void socket.pause(), release: (socket) => void socket.resume() },
  // The server writes into the buffer of the socket. `ws` corks and uncorks in pairs, so that this cork stays.
  down: { hold: (socket) => socket.cork(), release: (socket) => socket.uncork() },
}

/** Loses what a paused socket has buffered: `ws` would read it when the socket closes. */
const discard = (socket: Duplex): void => {
  socket.removeAllListeners('data')
  socket.read()
}

export function createLine(): Line {
  const sockets = new Set<Duplex>()
  const held: Readonly<Record<Direction, Set<Duplex>>> = { up: new Set(), down: new Set() }
  const forget = (socket: Duplex) => {
    for (const set of [sockets, held.up, held.down]) set.delete(socket)
  }
  return {
    watch(socket) {
      sockets.add(socket)
      socket.once('close', () => forget(socket))
    },
    cut() {
      const all = [...sockets]
      for (const socket of all) {
        if (held.up.has(socket)) discard(socket)
        forget(socket)
        socket.destroy()
      }
      return all.length
    },
    hold(direction) {
      for (const socket of sockets) {
        if (held[direction].has(socket)) continue
        held[direction].add(socket)
        holders[direction].hold(socket)
      }
    },
    release(direction) {
      for (const socket of held[direction]) holders[direction].release(socket)
      held[direction].clear()
    },
    isHeld: (direction) => held[direction].size > 0,
  }
}
