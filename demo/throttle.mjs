// Reads slowly from chosen sockets, so that what a page sends backs up in its socket as on a slow network.

const BYTES_PER_SECOND = 5_000_000

/** @param {{ mayRead: () => boolean }} options `mayRead` returns false while another fault keeps the server from reading */
export function createThrottle({ mayRead }) {
  let isSlow = false
  return {
    isSlow: () => isSlow,
    setSlow(slow) {
      isSlow = slow
    },
    /** Pauses `client` after each chunk of its TCP socket, for as long as the rate demands. */
    watch(client, socket) {
      socket.on('data', ({ length }) => {
        if (!isSlow || client.isPaused) return
        client.pause()
        setTimeout(() => mayRead() && client.resume(), (length / BYTES_PER_SECOND) * 1000)
      })
    },
  }
}
