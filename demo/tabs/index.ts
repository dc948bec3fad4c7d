// The server of the page "Shared tabs": it counts its connections, and sends each message to all of them.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import * as v from 'valibot'
import { createSocketServer } from '../../src/server/index.js'
import { helloSchema, lineSchema, type Counts, type NumberedLine } from '../src/tabs/messages.js'

export interface TabsOptions {
  /** Called with errors that no response reports. */
  readonly onError: (message: string, error: unknown) => void
}

export interface Tabs {
  /** Handles upgrade requests for `/tabs/live`. */
  readonly handleUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  readonly close: () => Promise<void>
}

export function createTabs({ onError }: TabsOptions): Tabs {
  const server = createSocketServer({
    noServer: true,
    path: '/tabs/live',
    onError: ({ code, message, error }) => onError(`${code}: ${message}`, error),
  })
  let opened = 0
  let lines = 0
  let holder: string | null = null
  const sendCounts = () =>
    void server.emit('tabs/counted', { connections: server.count(), opened, holder } satisfies Counts)
  server.on('add', () => {
    opened += 1
    sendCounts()
  })
  server.on('remove', sendCounts)
  server.onMessage('tabs/hello', (payload) => {
    const hello = v.safeParse(helloSchema, payload)
    if (!hello.success) return
    if (hello.output.isHolder) holder = hello.output.name
    sendCounts()
  })
  server.onMessage('tabs/say', (payload) => {
    const line = v.safeParse(lineSchema, payload)
    if (!line.success) return
    lines += 1
    server.emit('tabs/said', { ...line.output, number: lines } satisfies NumberedLine)
  })
  return {
    handleUpgrade: server.handleUpgrade,
    close: async () => server.close({ within: 0 }),
  }
}
