// One server under Bun or Deno. It prints a line of JSON for its port and for each event, and closes when its input ends.
import { createSocketServer } from '../../../dist/esm/server/index.js'

const print = (message) => console.log(JSON.stringify(message))
const isDeno = 'Deno' in globalThis

const server = createSocketServer({
  noServer: true,
  path: '/rooms/:room',
  maxPayload: 1000,
  pingInterval: 60_000,
  session: { owner: ({ name }) => name, ackInterval: 5 },
  authorize: (req, { ip, params }) =>
    req.headers.cookie === 'name=ada' && { name: 'ada', ip, room: params.room, query: params.tag },
  onError: ({ code }) => print({ problem: code }),
})
server.methods({ whoAmI: (_params, { user }) => user, protocol: (_params, { connection }) => connection.protocol })
server.messages.forEach((message, sender) => {
  if (message.type !== 'said') sender.send(message)
})
server.onMessage('bytes', (_payload, sender) => sender.sendRaw(Uint8Array.from([1, 2, 3])))
const said = []
server.onMessage('said', (n, sender) => {
  said.push(n)
  sender.emit('answer', n)
})
server.methods({ said: () => said })
server.on('suspend', (connection) => {
  print({ suspended: connection.id })
  connection.emit('missed', said.length)
})
server.on('remove', (_connection, { code, reason }) => print({ removed: [code, reason] }))

const other = () => new Response('hello')
const start = async () => {
  if (isDeno) {
    const { denoHandler } = await import('../../../dist/esm/server/deno/index.js')
    const handle = denoHandler(server, Deno.upgradeWebSocket)
    const http = Deno.serve(
      { port: 0, hostname: '127.0.0.1', onListen: () => {} },
      (request, info) => handle(request, info) ?? other(),
    )
    return { port: http.addr.port, stop: () => http.shutdown() }
  }
  const { bunAdapter } = await import('../../../dist/esm/server/bun/index.js')
  const sockets = bunAdapter(server)
  const http = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request, bun) => (sockets.upgrade(request, bun) ? undefined : other()),
    websocket: sockets.websocket,
  })
  return { port: http.port, stop: () => http.stop(true) }
}

const { port, stop } = await start()
print({ port })
const end = async () => {
  await server.close({ within: 200 })
  print({ closed: true })
  await stop()
}
process.stdin.on('end', () => void end())
process.stdin.resume()
