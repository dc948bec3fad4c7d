// A restart: how evenly the clients come back. 1 000 and 2 000 clients lose a server that is killed and started again after 3 s, and one that closes
// within 10 s and is started again at once. The attempts of all clients to connect, failed ones too, are counted in bins of 100 ms until all are back.
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { startChild } from './support/child.js'
import { print } from './support/measure.js'

const bin = 100
const parts = 4

const freePort = async (): Promise<string> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return String(port)
}

type Restart = (start: () => Promise<Server>, server: Server) => Promise<Server>
type Server = ReturnType<typeof startChild>

const restarts: Record<string, Restart> = {
  'kill -9': async (start, server) => {
    server.kill()
    await wait(3_000)
    return await start()
  },
  'close within 10 s': async (start, server) => {
    server.send('close')
    await server.ended
    return await start()
  },
}

const measure = async (clients: number, restart: Restart) => {
  const port = await freePort()
  const start = async (): Promise<Server> => {
    const server = startChild('herd.server.js', [port, String(clients)])
    await server.receive()
    return server
  }
  const first = await start()
  const crowd = Array.from({ length: parts }, () =>
    startChild('herd.client.js', [`ws://127.0.0.1:${port}`, String(clients / parts)]),
  )
  await Promise.all(crowd.map(async (part) => await part.receive()))
  const from = Date.now()
  for (const part of crowd) part.send('begin')
  const attempts = crowd.map(async (part) => JSON.parse(await part.receive()) as number[])
  const second = await restart(start, first)
  const times = (await Promise.all(attempts)).flat()
  for (const child of [...crowd, second]) child.end()
  const bins = new Map<number, number>()
  for (const time of times) {
    const at = Math.floor((time - from) / bin)
    bins.set(at, (bins.get(at) ?? 0) + 1)
  }
  const mean = times.length / (Math.max(...bins.keys()) + 1)
  return { peak: Math.max(...bins.values()), mean }
}

for (const [what, restart] of Object.entries(restarts)) {
  for (const clients of [1_000, 2_000]) {
    const { peak, mean } = await measure(clients, restart)
    print({
      what: `attempts of ${clients} clients after ${what}, per 100 ms`,
      ours: `peak ${peak}`,
      against: `mean ${mean.toFixed(1)}`,
      values: [peak / mean],
      unit: '×',
      bar: { is: '≤', than: 3 },
    })
  }
}
process.exit()
