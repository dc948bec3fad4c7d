import type { SocketState } from '../../src/index.js'

const phrases: Readonly<Record<SocketState['status'], (socket: SocketState) => string>> = {
  idle: () => 'Not connected yet',
  connecting: ({ attempt }) => (attempt === 0 ? 'Connecting' : `Connecting, retry ${attempt}`),
  open: () => 'Connected',
  closing: () => 'Closing',
  closed: () => 'Closed',
  reconnecting: ({ attempt }) => `Waiting for retry ${attempt}`,
  failed: ({ error }) => (error ? `Failed: ${error.code}` : 'Failed'),
}

/** The status of a connection as a phrase. */
export const describeStatus = (socket: SocketState): string => phrases[socket.status](socket)
