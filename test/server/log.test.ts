import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { memoryBus, type Bus, type BusStatus, type ServerLogger } from '../../src/server/index.js'
import { toLogError } from '../../src/server/operations/logText.js'
import { createServerLog } from '../../src/server/operations/serverLog.js'
import { connectClient, createQueue, startServer } from './support.js'

interface Line {
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly text: string
}

/** A logger of the shape of pino. Its functions need their object, as those of pino do. */
const createLogger = () => {
  const lines = createQueue<Line>()
  class Logger implements ServerLogger {
    readonly #lines = lines
    write(level: string, fields: object, text: string): void {
      this.#lines.push({ level, fields: fields as Line['fields'], text })
    }
    error(fields: object, text: string): void {
      this.write('error', fields, text)
    }
    warn(fields: object, text: string): void {
      this.write('warn', fields, text)
    }
    info(fields: object, text: string): void {
      this.write('info', fields, text)
    }
    debug(fields: object, text: string): void {
      this.write('debug', fields, text)
    }
  }
  return { logger: new Logger(), lines }
}

afterEach(() => void jest.restoreAllMocks())

const silent = { onError: undefined } as never

describe('the option logger', () => {
  it('gets the phases of a server and its clients', async () => {
    const { logger, lines } = createLogger()
    await using running = await startServer({
      logger,
      authorize: ({ url }) => url === '/ada',
    })
    const { client, connection } = await connectClient(running, '/ada')
    await (
      await running.connect('/bob')
    ).closed
    client.ws.close(4000, 'bye\u001b[2J')
    await client.closed
    await running.server.close({ within: 0 })
    const { id, ip } = connection
    expect(lines.all).toEqual([
      { level: 'info', fields: { port: running.port }, text: 'reduplex/server: clients can connect' },
      { level: 'debug', fields: { connection: id, ip }, text: 'reduplex/server: a client has connected' },
      {
        level: 'info',
        fields: { code: 4401, reason: 'not signed in', ip },
        text: 'reduplex/server: a client was refused',
      },
      {
        level: 'debug',
        fields: { connection: id, ip, code: 4000, reason: 'bye\\u001b[2J' },
        text: 'reduplex/server: a client has disconnected',
      },
      { level: 'info', fields: { connections: 0 }, text: 'reduplex/server: the server is closing' },
      { level: 'info', fields: {}, text: 'reduplex/server: the server has closed' },
    ])
  })

  it('gets problems with their connection and error, also when a listener gets them', async () => {
    const { logger, lines } = createLogger()
    await using running = await startServer({ logger })
    const error = Object.assign(new Error('relation\n"posts"', { cause: new Error('no\u202edatabase') }), {
      code: 'E1',
    })
    running.server.methods({
      fail: () => {
        throw error
      },
    })
    const { client, connection } = await connectClient(running)
    await client.request('fail')
    const line = lines.all.find(({ level }) => level === 'error')
    expect(line?.fields['err']).toBeInstanceOf(Error)
    expect(JSON.parse(JSON.stringify(line))).toEqual({
      level: 'error',
      fields: {
        code: 'handler_failed',
        connection: connection.id,
        ip: connection.ip,
        err: {
          type: 'Error',
          message: 'relation\\u000a"posts"',
          code: 'E1',
          stack: expect.stringMatching(/^Error: relation\\u000a"posts"\n\s+at /),
          cause: {
            type: 'Error',
            message: 'no\\u202edatabase',
            stack: expect.stringMatching(/^Error: no\\u202edatabase\n\s+at /),
          },
        },
      },
      text: 'reduplex/server: handler_failed: The method "fail" threw: relation\\u000a"posts"',
    })
    expect(running.codes()).toEqual(['handler_failed'])
  })

  it('gets what clients cause as a warning, without the text of a frame', async () => {
    const { logger, lines } = createLogger()
    await using running = await startServer({ logger })
    const { client } = await connectClient(running)
    client.ws.send('{ "password": hunter2')
    await client.next()
    const line = lines.all.find(({ level }) => level === 'warn')
    expect(line?.fields).toMatchObject({ code: 'invalid_frame' })
    expect(JSON.stringify(lines.all)).not.toContain('hunter2')
  })

  it('gets a bus that is connected again', async () => {
    const { logger, lines } = createLogger()
    const listeners: ((status: BusStatus) => void)[] = []
    const bus: Bus = {
      ...memoryBus(),
      onStatus: (listener) => {
        listeners.push(listener)
        return () => {}
      },
    }
    await using running = await startServer({ logger, bus })
    for (const isConnected of [false, true]) for (const listener of listeners) listener({ isConnected })
    expect(lines.all.at(-1)).toEqual({
      level: 'info',
      fields: { isConnected: true },
      text: 'reduplex/server: the bus is connected',
    })
    expect(running.codes()).toEqual([])
  })

  it('is reported once on the console when it throws or rejects, and the server goes on', async () => {
    for (const fail of [() => Promise.reject(new Error('disk full')), () => ({}) as { x?: { y: 1 } }['x']]) {
      const printed: unknown[][] = []
      jest.spyOn(console, 'error').mockImplementation((...args: unknown[]) => void printed.push(args))
      const method = (): unknown => {
        const result = fail()
        if (result && 'then' in result) return result
        throw new Error('disk full')
      }
      const logger = { error: method, warn: method, info: method, debug: method }
      await using running = await startServer({ logger })
      const { client } = await connectClient(running)
      expect((await client.request('none')).error?.code).toBe(-32601)
      await running.server.close({ within: 0 })
      expect(printed).toEqual([
        ['reduplex/server: the option "logger" threw:', expect.stringContaining('Error: disk full')],
      ])
      jest.restoreAllMocks()
    }
  })

  it.each([[{}], [() => {}], [{ error: () => {}, warn: () => {}, info: () => {} }]])(
    'is refused when it is %p',
    async (logger) => {
      await expect(startServer({ logger: logger as never })).rejects.toMatchObject({ code: 'invalid_option' })
    },
  )
})

describe('the log of events', () => {
  it('has at most 20 lines of a kind in a second, then one with the number of those that were left out', () => {
    jest.useFakeTimers({ now: 1_000 })
    const { logger, lines } = createLogger()
    const { event } = createServerLog(logger)
    for (let count = 0; count < 1_000; count++) {
      event({ level: 'info', kind: 'refuse', fields: { count }, message: 'a client was refused' })
    }
    event({ level: 'info', kind: 'close', fields: {}, message: 'closed' })
    expect(lines.all).toHaveLength(21)
    jest.advanceTimersByTime(1_000)
    expect(lines.all.slice(21)).toEqual([
      {
        level: 'info',
        fields: { event: 'refuse', leftOut: 980 },
        text: 'reduplex/server: 980 more of these were left out within a second: a client was refused',
      },
    ])
    jest.useRealTimers()
  })
})

describe('toLogError', () => {
  it('keeps the class of an error for loggers that show the name of the constructor', () => {
    class NoTable extends TypeError {}
    expect(toLogError(new NoTable('x')).constructor.name).toBe('NoTable')
  })

  it.each([
    ['a text', 'one\ntwo', { type: 'string', message: 'one\\u000atwo', stack: '' }],
    ['an object', { a: '\u001b' }, { type: 'object', message: "{ a: '\\x1B' }", stack: '' }],
    ['undefined', undefined, { type: 'undefined', message: 'undefined', stack: '' }],
  ])('converts %s', (_case, thrown, expected) => {
    expect(toLogError(thrown)).toBeInstanceOf(Error)
    expect({ ...toLogError(thrown) }).toEqual(expected)
  })

  it('bounds the length of a message and the number of causes', () => {
    const error = new Error('x'.repeat(10_000))
    error.cause = error
    const logged = toLogError(error)
    expect(logged.message).toHaveLength(2_001)
    let causes = 0
    for (let one: unknown = logged.cause; one instanceof Error; one = one.cause) causes++
    expect(causes).toBe(3)
  })

  it('does not throw for an error that cannot be read', () => {
    const error = new Error('x')
    Object.defineProperty(error, 'message', {
      get: () => {
        throw new Error('no')
      },
    })
    expect(toLogError(error).message).toBe('an error that cannot be read')
  })
})

describe('the console', () => {
  it('gets problems in one line without control characters when there is neither a logger nor a listener', async () => {
    const printed: unknown[][] = []
    jest.spyOn(console, 'error').mockImplementation((...args: unknown[]) => void printed.push(args))
    await using running = await startServer(silent)
    running.server.methods({
      fail: () => {
        throw new Error('one\r\ntwo \u001b[31m')
      },
    })
    const { client } = await connectClient(running)
    await client.request('fail')
    const [[text, ...lines] = []] = printed
    expect(text).toBe('reduplex/server: handler_failed: The method "fail" threw: one\\u000d\\u000atwo \\u001b[31m')
    expect(lines.join('\n').split('\n').slice(0, 2)).toEqual(['Error: one\\u000d', '    two \\u001b[31m'])
  })
})
