import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { WebSocket, WebSocketServer, type ServerOptions } from 'ws'
import { startReference } from '../../../conformance/reference.js'

export interface Frame {
  readonly data: Buffer
  readonly isBinary: boolean
}

export interface Answer {
  readonly status: number
  readonly text: string
}

/** How a broken server differs from the companion server. */
export interface Tamper {
  /** Replaces a frame on its way to the client by other frames, or none; `undefined` keeps it. One function for each connection. */
  readonly toClient?: () => (frame: Frame) => readonly Frame[] | undefined
  /** The same on the way to the server. */
  readonly toServer?: () => (frame: Frame) => readonly Frame[] | undefined
  readonly closeWith?: (code: number, reason: string) => readonly [code: number, reason: string]
  readonly http?: (answer: Answer, requested: string) => Answer
  readonly ws?: ServerOptions
  /** Additional header lines of the response to the upgrade. */
  readonly headers?: readonly string[]
  /** Selects the subprotocol from those offered. */
  readonly select?: (offered: readonly string[]) => string
  readonly isPathTaken?: (url: string) => boolean
  /** Upgrades, and then reads and sends nothing. */
  readonly isUnresponsive?: boolean
}

const same = () => () => undefined

/** Starts the reference server behind a relay that changes what passes. */
export const startTampered = async (tamper: Tamper) => {
  const reference = await startReference()
  const wss = new WebSocketServer({
    noServer: true,
    ...tamper.ws,
    handleProtocols: (_offered, req) => selected.get(req) ?? false,
  })
  wss.on('headers', (lines) => void lines.push(...(tamper.headers ?? [])))
  const selected = new WeakMap<IncomingMessage, string>()
  const sockets = new Set<Duplex>()

  const relay = (from: WebSocket, to: WebSocket, change: (frame: Frame) => readonly Frame[] | undefined) => {
    from.on('message', (data, isBinary) => {
      const frame = { data: data as Buffer, isBinary }
      for (const one of change(frame) ?? [frame]) if (to.readyState === 1) to.send(one.data, { binary: one.isBinary })
    })
  }

  const join = (client: WebSocket, server: WebSocket) => {
    relay(client, server, (tamper.toServer ?? same)())
    relay(server, client, (tamper.toClient ?? same)())
    client.on('close', (code, reason) =>
      code >= 1004 && code <= 1006 ? server.terminate() : server.close(code, reason),
    )
    server.on('close', (code, reason) => {
      if (code >= 1004 && code <= 1006) return client.terminate()
      client.close(...(tamper.closeWith?.(code, reason.toString()) ?? ([code, reason.toString()] as const)))
    })
    server.resume()
  }

  const upgrade = (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = req.url ?? '/'
    if (!(tamper.isPathTaken?.(url) ?? url.split('?')[0] === '/ws')) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const offered = (req.headers['sec-websocket-protocol'] ?? '').split(',').flatMap((name) => name.trim() || [])
    const requested = tamper.select ? [tamper.select(offered)] : offered
    const { origin } = req.headers
    const server = new WebSocket(reference.url + (url.split('?')[1] ? `?${url.split('?')[1]}` : ''), requested, {
      headers: { ...(origin !== undefined && { origin }) },
    })
    server.on('error', () => {})
    server.once('open', () => {
      // Its first messages wait until there is a listener.
      server.pause()
      if (server.protocol) selected.set(req, server.protocol)
      wss.handleUpgrade(req, socket, head, (client) => {
        client.on('error', () => {})
        if (tamper.isUnresponsive) client.pause()
        else join(client, server)
      })
    })
  }

  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    const body = await text(req)
    const { method = 'GET' } = req
    const headers = { 'content-type': req.headers['content-type'] ?? '' }
    const response = await fetch(reference.http, { method, headers, ...(method === 'POST' && { body }) })
    const given = { status: response.status, text: await response.text() }
    const changed = tamper.http?.(given, body) ?? given
    res.writeHead(changed.status, { 'content-type': response.headers.get('content-type') ?? '' }).end(changed.text)
  }

  const http = createServer((req, res) => void answer(req, res).catch(() => res.destroy()))
  http.on('upgrade', upgrade)
  http.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  return {
    url: `ws://127.0.0.1:${String(port)}/ws`,
    http: `http://127.0.0.1:${String(port)}/rpc`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await reference.close()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
