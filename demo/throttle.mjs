// Reading slowly: what a page sends then backs up on its side, as on a slow line.

const BYTES_PER_SECOND = 5_000_000

/** @param {{ mayRead: () => boolean }} options `mayRead` is false while something else keeps the server from reading */
export function createThrottle({ mayRead }) {
  let isSlow = false
  return {
    isSlow: () => isSlow,
    set(slow) {
      isSlow = slow
    },
    /** Watches what `client` reads from its TCP socket: after each chunk it rests for as long as the rate says. */
    watch(client, socket) {
      socket.on('data', ({ length }) => {
        if (!isSlow || client.isPaused) return
        client.pause()
        setTimeout(() => mayRead() && client.resume(), (length / BYTES_PER_SECOND) * 1000)
      })
    },
  }
}
