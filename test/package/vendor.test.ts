import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import { mustBeBuilt, root } from './app.js'

// dist/ has reconnecting-websocket as the build compiles it from the package's TypeScript source (docs/dependencies.md).

const built = (format: string) => path.join(root, 'dist', format, 'vendor/reconnecting-websocket.js')

beforeAll(mustBeBuilt)

it.each(['esm', 'cjs'])('dist/%s has what the installed package compiles to', (format) => {
  const { stdout, stderr } = spawnSync(process.execPath, ['scripts/build/vendor.mjs', format], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(readFileSync(built(format), 'utf8')).toBe(stdout)
})

it('is the version that package.json names, with its licence', () => {
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const text = readFileSync(built('esm'), 'utf8')
  expect(text.split('\n')[0]).toContain(`reconnecting-websocket ${dependencies['reconnecting-websocket']},`)
  expect(text).toMatch(/\/\*!\s+\* Reconnecting WebSocket\s[\s\S]{0,200}License MIT\s+\*\//)
  const licence = (file: string) => readFileSync(file, 'utf8')
  expect(licence(built('esm').replace('.js', '.LICENSE'))).toBe(
    licence(path.join(root, 'node_modules/reconnecting-websocket/LICENSE')),
  )
})

type Loop = new (url: () => Promise<string>, protocols: undefined, options: object) => { readonly close: () => void }

/** What `src/connection/reconnectLoop.ts` does with the loop, step by step; `closeInside` closes it in the socket's constructor. */
type Step = 'openGate' | 'opened' | 'lost' | 'close' | 'closeInside' | 'wait'
const steps: readonly Step[] = ['openGate', 'opened', 'lost', 'close', 'closeInside', 'wait']

/** Everything that a loop does with its sockets, its gate and its timers over some steps. */
const trace = async (Class: Loop, script: readonly Step[]): Promise<string[]> => {
  const log: string[] = []
  let gate: ((url: string) => void) | undefined
  let listeners: Partial<Record<string, (event: object) => void>> = {}
  let closesInside = false
  function FacadeSocket(url: string) {
    log.push(`new ${url}`)
    const mine: typeof listeners = (listeners = {})
    if (closesInside) loop.close()
    return {
      addEventListener: (type: string, listener: (event: object) => void) => {
        log.push(`on ${type}`)
        mine[type] = listener
      },
      removeEventListener: (type: string) => {
        log.push(`off ${type}`)
        delete mine[type]
      },
      close: (code: number) => void log.push(`close ${code}`),
    }
  }
  const loop = new Class(
    () =>
      new Promise((resolve) => {
        log.push('gate')
        gate = resolve
      }),
    undefined,
    {
      minReconnectionDelay: 0,
      maxReconnectionDelay: 0,
      minUptime: 0,
      connectionTimeout: 2 ** 31 - 1,
      maxEnqueuedMessages: 0,
      WebSocket: Object.assign(FacadeSocket, { CLOSING: 2 }),
    },
  )
  const act: Record<Step, () => void> = {
    openGate: () => gate?.('url'),
    opened: () => listeners['open']?.({ type: 'open' }),
    lost: () => listeners['close']?.({ type: 'close' }),
    close: () => loop.close(),
    closeInside: () => {
      closesInside = true
    },
    wait: () => {},
  }
  for (const step of script) {
    act[step]()
    await jest.advanceTimersByTimeAsync(1)
    log.push(`${step}: ${jest.getTimerCount()} timers`)
  }
  loop.close()
  await jest.advanceTimersByTimeAsync(1)
  log.push(`${jest.getTimerCount()} timers at the end`)
  return log
}

describe('the built copy', () => {
  // oxlint-disable-next-line typescript/no-require-imports -- the package's file says `module.exports =`
  const published = require('reconnecting-websocket') as Loop
  const copy = () =>
    // oxlint-disable-next-line typescript/no-require-imports -- built, so its types are unknown
    (require(built('cjs')) as { default: Loop }).default

  beforeAll(() => {
    jest.useFakeTimers()
  })
  afterAll(() => {
    jest.useRealTimers()
  })

  it('waits at the gate, opens, reconnects and closes', async () => {
    const log = await trace(copy(), ['wait', 'openGate', 'opened', 'lost', 'openGate', 'opened', 'close', 'wait'])
    expect(log.filter((line) => !/^o(n|ff) /.test(line))).toEqual([
      'gate',
      'wait: 0 timers',
      'new url',
      'openGate: 0 timers',
      'opened: 0 timers',
      'gate',
      'lost: 0 timers',
      'new url',
      'openGate: 0 timers',
      'opened: 0 timers',
      'close 1000',
      'close: 0 timers',
      'wait: 0 timers',
      'close 1000',
      '0 timers at the end',
    ])
  })

  it('does the same as the published package, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...steps), { maxLength: 14 }), async (script) => {
        // The copy has no listeners for events that its sockets never emit, and no timeout of 24 days.
        const shared = (log: readonly string[]) =>
          log
            .filter((line) => !/^o(n|ff) (error|message)/.test(line))
            .map((line) => line.replace(/\d+ timers/, 'timers'))
        const log = await trace(copy(), script)
        expect(shared(log)).toEqual(shared(await trace(published, script)))
        expect(log.filter((line) => line.endsWith(' timers') && !line.endsWith(': 0 timers'))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
