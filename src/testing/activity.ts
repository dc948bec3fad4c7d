/** Counts what clients do on fake networks. The manual clock reads it, to find out what a timer has caused. */
export const activity = {
  /** Sockets that were created. */
  attempts: 0,
  /** Frames that were sent, and sockets that were closed by the client. */
  uses: 0,
}
