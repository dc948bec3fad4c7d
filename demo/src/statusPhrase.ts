import type { SocketState } from '../../src/index.js'

const phrases: Readonly<Record<SocketState['status'], (socket: SocketState) => string>> = {
  idle: () => 'Not connected yet',
  connecting: ({ attempt }) => (attempt === 0 ? 'Connecting' : `Connecting, retry ${attempt}`),
  open: () => 'Connected',
  closing: () => 'Closing',
  closed: () => 'Closed',
  reconnecting: ({ attempt }) => `Waiting for retry ${attempt}`,
  failed: ({ error }) => (error ? `Gave up: ${error.code}` : 'Gave up'),
}

/** What a connection is doing, in words. */
export const statusPhrase = (socket: SocketState): string => phrases[socket.status](socket)
