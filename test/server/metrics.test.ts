import { describe, expect, it } from '@jest/globals'
import { Registry } from 'prom-client'
import { memoryBus, Refusal, RpcError, type ServerMetrics } from '../../src/server/index.js'
import { prometheusMetrics } from '../../src/server/metrics/index.js'
import { connectClient, startOnHttp, startServer } from './support.js'

/** The values of a registry, by name and labels as they are exposed. Buckets of histograms are left out. */
const valuesOf = async (register: Registry): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await register.metrics())
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

/** Resolves with the first values that fulfil the condition. */
const until = async (register: Registry, holds: (values: Record<string, number>) => boolean) => {
  for (;;) {
    const values = await valuesOf(register)
    if (holds(values)) return values
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const setup = () => {
  const register = new Registry()
  return { register, metrics: prometheusMetrics({ register }) }
}

describe('the metrics of a server', () => {
  it('count connections, messages and bytes in both directions', async () => {
    const { register, metrics } = setup()
    await using running = await startServer({ metrics })
    running.server.messages.forEach((message, sender) => sender.send(message))
    const { client } = await connectClient(running)
    client.ws.send('"ä"')
    await client.next()
    client.ws.send('{"a":1}')
    await client.next()
    client.ws.send('ping')
    await client.next()
    expect(await valuesOf(register)).toMatchObject({
      reduplex_connections_opened_total: 1,
      reduplex_messages_received_total: 3,
      reduplex_received_bytes_total: 4 + 7 + 4,
      reduplex_messages_sent_total: 3,
      reduplex_sent_bytes_total: 4 + 7 + 4,
      reduplex_connections: 1,
      reduplex_sockets: 1,
      reduplex_cluster_connections: 1,
      reduplex_buffered_bytes: 0,
      reduplex_ready: 1,
    })
  })

  it('count what a broadcast sends, once for each client', async () => {
    const { register, metrics } = setup()
    await using running = await startServer({ metrics })
    await connectClient(running)
    await connectClient(running)
    running.server.broadcast('hello')
    expect(await valuesOf(register)).toMatchObject({
      reduplex_messages_sent_total: 2,
      reduplex_sent_bytes_total: 2 * '"hello"'.length,
    })
  })

  it('count the ends of connections by code, with one label for the codes that clients make up', async () => {
    const { register, metrics } = setup()
    await using running = await startServer({ metrics })
    for (const code of [1000, 4401, 3456, 4567, 4568]) {
      const { client } = await connectClient(running)
      client.ws.close(code)
      await client.closed
    }
    const { client } = await connectClient(running)
    client.ws.terminate()
    const values = await until(register, (all) => 'reduplex_connections_closed_total{code="1006"}' in all)
    expect(values).toMatchObject({
      'reduplex_connections_closed_total{code="1000"}': 1,
      'reduplex_connections_closed_total{code="4401"}': 1,
      'reduplex_connections_closed_total{code="3xxx"}': 1,
      'reduplex_connections_closed_total{code="4xxx"}': 2,
      'reduplex_connections_closed_total{code="1006"}': 1,
    })
  })

  it('count refusals by code', async () => {
    const { register, metrics } = setup()
    await using running = await startServer({
      metrics,
      authorize: ({ url }) => {
        if (url === '/banned') throw new Refusal(4403, 'banned')
        return false
      },
    })
    for (const path of ['/banned', '/', '/']) await (await running.connect(path)).closed
    expect(await valuesOf(register)).toMatchObject({
      'reduplex_connections_refused_total{code="4403"}': 1,
      'reduplex_connections_refused_total{code="4401"}': 2,
      reduplex_connections_opened_total: 0,
    })
  })

  it('measure calls by method, transport and outcome, and give unknown methods one label', async () => {
    const { register, metrics } = setup()
    await using running = await startOnHttp(undefined, { metrics })
    running.http.removeAllListeners('request')
    running.http.on('request', (req, res) => void running.server.handleHttp(req, res))
    running.server.methods({
      add: ([a, b]: [number, number]) => a + b,
      refuse: () => {
        throw new RpcError(403, 'no')
      },
    })
    const { client } = await connectClient(running)
    await client.request('add', [1, 2])
    await client.request('refuse')
    await client.request('made up 1')
    await client.request('made up 2')
    await client.request('subscribe', { channel: 'news' })
    await fetch(running.origin, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"add","params":[1,2]}',
    })
    const values = await valuesOf(register)
    const counts = Object.entries(values).filter(([name]) => name.startsWith('reduplex_call_duration_seconds_count'))
    expect(Object.fromEntries(counts)).toEqual({
      'reduplex_call_duration_seconds_count{method="add",transport="socket",outcome="ok"}': 1,
      'reduplex_call_duration_seconds_count{method="refuse",transport="socket",outcome="error"}': 1,
      'reduplex_call_duration_seconds_count{method="(unknown)",transport="socket",outcome="error"}': 2,
      'reduplex_call_duration_seconds_count{method="subscribe",transport="socket",outcome="ok"}': 1,
      'reduplex_call_duration_seconds_count{method="add",transport="http",outcome="ok"}': 1,
    })
    expect(values).toMatchObject({ reduplex_subscriptions: 1, reduplex_calls_running: 0 })
  })

  it('show the calls that run', async () => {
    const { register, metrics } = setup()
    await using running = await startServer({ metrics })
    let finish = () => {}
    const started = new Promise<void>((resolve) => {
      running.server.methods({
        wait: async () => {
          resolve()
          await new Promise<void>((end) => (finish = end))
        },
      })
    })
    const { client } = await connectClient(running)
    const answered = client.request('wait')
    await started
    expect(await valuesOf(register)).toMatchObject({ reduplex_calls_running: 1 })
    finish()
    await answered
    expect(await valuesOf(register)).toMatchObject({ reduplex_calls_running: 0 })
  })

  it('count cancelled calls as such', async () => {
    const { register, metrics } = setup()
    await using running = await startServer({ metrics })
    running.server.methods({
      wait: async (_params: unknown, { signal }: { signal: AbortSignal }) =>
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
    })
    const { client } = await connectClient(running)
    client.send({ jsonrpc: '2.0', id: 'x', method: 'wait' })
    client.send({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id: 'x' } })
    await client.next()
    const name = 'reduplex_call_duration_seconds_count{method="wait",transport="socket",outcome="cancelled"}'
    expect(await valuesOf(register)).toMatchObject({ [name]: 1 })
  })

  it('count problems by code and dropped messages by reason', async () => {
    const { register, metrics } = setup()
    await using running = await startServer({ metrics, maxBufferedBytes: 1000, slowConsumer: 'drop' })
    const { client, connection } = await connectClient(running)
    client.ws.send('{')
    await client.next()
    connection.send(1n)
    client.ws.pause()
    // The socket takes what the system has room for; the rest waits.
    while (connection.bufferedAmount <= 1000) connection.send('x'.repeat(100_000))
    connection.send('dropped')
    connection.send('dropped')
    const values = await valuesOf(register)
    expect(values).toMatchObject({
      'reduplex_problems_total{code="invalid_frame"}': 1,
      'reduplex_problems_total{code="encode_failed"}': 1,
      'reduplex_problems_total{code="slow_consumer"}': 1,
      'reduplex_messages_dropped_total{reason="invalid_frame"}': 1,
      'reduplex_messages_dropped_total{reason="encode_failed"}': 1,
      'reduplex_messages_dropped_total{reason="slow_consumer"}': 2,
    })
    expect(values['reduplex_buffered_bytes']).toBeGreaterThan(1000)
  })

  it('show whether the bus is connected, and count the connections of all nodes', async () => {
    const { register, metrics } = setup()
    const bus = memoryBus()
    await using left = await startServer({ metrics, bus })
    await using right = await startServer({ bus })
    await connectClient(left)
    const counted = new Promise((resolve) => left.server.on('presence', (count) => count === 2 && resolve(count)))
    await connectClient(right)
    await counted
    expect(await valuesOf(register)).toMatchObject({
      reduplex_bus_connected: 1,
      reduplex_connections: 1,
      reduplex_cluster_connections: 2,
    })
  })

  it('end with the server: the counters stay, the gauges do not', async () => {
    const { register, metrics } = setup()
    await using running = await startServer({ metrics })
    await connectClient(running)
    await running.server.close({ within: 0 })
    const values = await valuesOf(register)
    expect(values).toMatchObject({ reduplex_connections_opened_total: 1 })
    expect(Object.keys(values)).not.toContain('reduplex_connections')
    expect(Object.keys(values)).not.toContain('reduplex_ready')
  })

  it('are reported as failed once for each function, and the server goes on', async () => {
    const fail = (): never => {
      throw new Error('no disk')
    }
    const lines: unknown[] = []
    const log = (fields: object, text: string) => void lines.push([(fields as { code: string }).code, text])
    const logger = { error: log, warn: log, info: () => {}, debug: () => {} }
    const metrics: ServerMetrics = { count: fail, observe: fail, gauge: fail }
    await using running = await startServer({ metrics, logger })
    running.server.methods({ one: () => 1 })
    const { client } = await connectClient(running)
    for (let i = 0; i < 3; i++) expect((await client.request('one')).result).toBe(1)
    expect(lines).toEqual(
      ['gauge', 'count', 'observe'].map((name) => [
        'listener_failed',
        `reduplex/server: listener_failed: "metrics.${name}" threw: no disk. Further errors of it are not reported.`,
      ]),
    )
  })
})

describe('prometheusMetrics', () => {
  it('adds up the values of servers in one registry', async () => {
    const register = new Registry()
    await using left = await startServer({ metrics: prometheusMetrics({ register }) })
    await using right = await startServer({ metrics: prometheusMetrics({ register }) })
    await connectClient(left)
    await connectClient(right)
    const both = { reduplex_connections: 2, reduplex_connections_opened_total: 2 }
    expect(await valuesOf(register)).toMatchObject(both)
    await right.server.close({ within: 0 })
    expect(await valuesOf(register)).toMatchObject({ ...both, reduplex_connections: 1 })
  })

  it('tells servers apart by labels', async () => {
    const register = new Registry()
    await using left = await startServer({ metrics: prometheusMetrics({ register, labels: { server: 'a' } }) })
    await using right = await startServer({ metrics: prometheusMetrics({ register, labels: { server: 'b' } }) })
    await connectClient(left)
    expect(right.server.connections.size).toBe(0)
    expect(await valuesOf(register)).toMatchObject({
      'reduplex_connections{server="a"}': 1,
      'reduplex_connections{server="b"}': 0,
      'reduplex_connections_opened_total{server="a"}': 1,
    })
  })

  it('throws for labels of other names in the same registry', () => {
    const register = new Registry()
    prometheusMetrics({ register })
    expect(() => prometheusMetrics({ register, labels: { server: 'a' } })).toThrow(
      expect.objectContaining({ code: 'invalid_option', message: expect.stringContaining('another "prefix"') }),
    )
    expect(() => prometheusMetrics({ register, prefix: 'b_', labels: { server: 'a' } })).not.toThrow()
  })

  it('starts again in a registry that was cleared', async () => {
    const register = new Registry()
    prometheusMetrics({ register })
    register.clear()
    prometheusMetrics({ register }).count('connections_opened', 2, {})
    expect(await valuesOf(register)).toMatchObject({ reduplex_connections_opened_total: 2 })
  })

  it('uses the given prefix and buckets', async () => {
    const register = new Registry()
    const metrics = prometheusMetrics({ register, prefix: 'chat_', buckets: [1, 2] })
    metrics.observe('call_duration_seconds', 1.5, { method: 'a', transport: 'http', outcome: 'ok' })
    const text = await register.getSingleMetricAsString('chat_call_duration_seconds')
    expect(text).toContain('le="2",method="a",transport="http",outcome="ok"} 1')
    expect(text).not.toContain('le="5"')
  })
})

describe('the option metrics', () => {
  it.each([[{}], ['prom'], [{ count: () => {}, observe: () => {} }]])('is refused when it is %j', async (metrics) => {
    await expect(startServer({ metrics: metrics as never })).rejects.toMatchObject({ code: 'invalid_option' })
  })
})
