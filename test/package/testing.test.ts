import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createApp, type App } from './app.js'

// The test kit of the packed library in the test runners, without a configuration.

let app: App
beforeAll(() => {
  app = createApp(['@reduxjs/toolkit'])
})
afterAll(() => app.remove())

interface Runner {
  readonly imports: string
  /** Ends a statement of a test: it has to hold. */
  readonly equal: (actual: string, expected: string) => string
}

const reduplex = `
import { configureStore } from '@reduxjs/toolkit'
import { createSocketMiddleware, selectSocketStatus, socketConnect, socketOpened, socketReducer } from 'reduplex'
import { createFakeServer, expectAllClosed, manualClock, recordActions } from 'reduplex/testing'
const createStore = (options) => {
  const socket = createSocketMiddleware({ url: 'ws://app.test/', ...options })
  const store = configureStore({
    reducer: { socket: socketReducer },
    middleware: (defaults) => defaults().prepend(socket.middleware),
  })
  return { store, dispose: socket.dispose }
}`

/** One test that closes its store, and one that leaves it open. */
const testsOf = ({ imports, equal }: Runner, hook: string): string => `
${imports}
${reduplex}
${hook}
it('reconnects', async () => {
  const clock = manualClock()
  const server = createFakeServer()
  const { store, dispose } = createStore({ WebSocket: server.WebSocket })
  const recorder = recordActions(store)
  void store.dispatch(socketConnect())
  await recorder.next(socketOpened)
  await server.cut()
  await clock.advance('backoff')
  const { payload } = await recorder.next(socketOpened)
  ${equal('payload.reconnected', 'true')}
  ${equal('selectSocketStatus(store.getState())', "'open'")}
  dispose()
})
it('leaves its store open', async () => {
  const server = createFakeServer()
  const { store } = createStore({ WebSocket: server.WebSocket })
  await store.dispatch(socketConnect())
})`

const expects = (actual: string, expected: string) => `expect(${actual}).toBe(${expected})`

/** Imports as `require`, for a runner of CommonJS. */
const toCommonJs = (code: string): string => code.replaceAll(/^import (.*) from (.*)$/gm, 'const $1 = require($2)')

const leftOpen = [
  'reduplex: expected the test "leaves its store open" to close every store that it opens; still open at its end:',
  '- a socket to ws://app.test/ (open)',
]

describe('the test kit', () => {
  it('works in node:test, which reports a store that is left open with expectAllClosed', () => {
    const runner = {
      imports: `import { afterEach, it } from 'node:test'\nimport assert from 'node:assert'`,
      equal: (actual: string, expected: string) => `assert.equal(${actual}, ${expected})`,
    }
    app.write('node.test.mjs', testsOf(runner, 'afterEach(expectAllClosed)'))
    const { status, output } = app.nodeTest('node.test.mjs')
    expect(output).toMatch(/^ *ok 1 - reconnects$/m)
    expect(output).toMatch(/^ *not ok 2 - leaves its store open$/m)
    for (const line of leftOpen) expect(output).toContain(line)
    expect(status).not.toBe(0)
  })

  it('works in jest, which reports a store that is left open without a hook', () => {
    app.write('jest/app.test.cjs', toCommonJs(testsOf({ imports: '', equal: expects }, '')))
    app.write('jest/jest.config.json', '{ "testMatch": ["**/*.test.cjs"], "injectGlobals": true }')
    const { status, output } = app.tool('jest/bin/jest.js', '--rootDir', 'jest', '--config', 'jest/jest.config.json')
    for (const line of leftOpen) expect(output).toContain(line)
    expect(status).toBe(1)
  })

  it('works in jest with expectAllClosed as a hook', () => {
    app.write(
      'jest-hook/app.test.cjs',
      toCommonJs(testsOf({ imports: '', equal: expects }, 'afterEach(expectAllClosed)')),
    )
    app.write('jest-hook/jest.config.json', '{ "testMatch": ["**/*.test.cjs"] }')
    const { status, output } = app.tool(
      'jest/bin/jest.js',
      '--rootDir',
      'jest-hook',
      '--config',
      'jest-hook/jest.config.json',
    )
    for (const line of leftOpen) expect(output).toContain(line)
    expect(output).toContain('1 failed, 1 passed, 2 total')
    expect(status).toBe(1)
  })

  it('works in vitest, which reports a store that is left open without a hook where it has globals', () => {
    app.write('vitest/app.test.mjs', testsOf({ imports: '', equal: expects }, ''))
    const { status, output } = app.tool('vitest/vitest.mjs', 'run', '--root', 'vitest', '--globals')
    for (const line of leftOpen) expect(output).toContain(line)
    expect(status).toBe(1)
  })

  it('reports a store that is left open in vitest without globals, with expectAllClosed', () => {
    const imports = `import { afterEach, expect, it } from 'vitest'`
    app.write('hook/app.test.mjs', testsOf({ imports, equal: expects }, 'afterEach(expectAllClosed)'))
    const { status, output } = app.tool('vitest/vitest.mjs', 'run', '--root', 'hook')
    expect(output).toContain('1 failed | 1 passed')
    for (const line of leftOpen) expect(output).toContain(line)
    expect(status).toBe(1)
  })

  it('accepts expectAllClosed as a hook of vitest in tests with fixtures', () => {
    app.write(
      'fixtures/app.test.mjs',
      `import { afterEach, test } from 'vitest'
import { createFakeServer, expectAllClosed } from 'reduplex/testing'
afterEach(expectAllClosed)
const it = test.extend({ server: async ({}, use) => await use(createFakeServer()) })
it('has a fixture', ({ server }) => void server.connections)`,
    )
    const { status, output } = app.tool('vitest/vitest.mjs', 'run', '--root', 'fixtures')
    expect(output).toContain('1 passed')
    expect(status).toBe(0)
  })
})

/** A store for all tests of a file. The last test leaves a store of its own open. */
const testsOfOneStore = `
${reduplex}
let server, shared
beforeAll(async () => {
  server = createFakeServer()
  shared = createStore({ WebSocket: server.WebSocket })
  await shared.store.dispatch(socketConnect())
})
afterAll(() => {
  shared.dispose()
  expectAllClosed()
})
it('is the first test', () => expect(selectSocketStatus(shared.store.getState())).toBe('open'))
it('is the second test', () => expect(recordActions(shared.store).types).toEqual([]))
it('leaves its store open', async () => {
  const own = createFakeServer()
  const { store } = createStore({ WebSocket: own.WebSocket })
  await store.dispatch(socketConnect())
})
it('is the fourth test', () => {})`

describe('a store that beforeAll opens and afterAll disposes of', () => {
  const expectOneFailure = (output: string) => {
    for (const line of leftOpen) expect(output).toContain(line)
    expect(output.split('reduplex: expected ')).toHaveLength(output.split(leftOpen[0] ?? '').length)
  }

  it('is no error of a test in jest', () => {
    app.write('jest-shared/app.test.cjs', toCommonJs(testsOfOneStore))
    app.write('jest-shared/jest.config.json', '{ "testMatch": ["**/*.test.cjs"] }')
    const { output } = app.tool(
      'jest/bin/jest.js',
      '--rootDir',
      'jest-shared',
      '--config',
      'jest-shared/jest.config.json',
    )
    expect(output).toContain('1 failed, 3 passed, 4 total')
    expectOneFailure(output)
  })

  it('is no error of a test in vitest with globals', () => {
    app.write('vitest-shared/app.test.mjs', testsOfOneStore)
    const { output } = app.tool('vitest/vitest.mjs', 'run', '--root', 'vitest-shared', '--globals')
    expect(output).toContain('1 failed | 3 passed')
    expectOneFailure(output)
  })
})

/** A test that waits for an action that never comes, and one after it. */
const waitingTests = ({ imports }: Runner, fakeTimers = ''): string => `
${imports}
${reduplex}
it('waits for ever', async () => {
  ${fakeTimers}
  const server = createFakeServer({ mode: 'hold' })
  const { store, dispose } = createStore({ WebSocket: server.WebSocket })
  const recorder = recordActions(store)
  void store.dispatch(socketConnect())
  try {
    await recorder.next(socketOpened)
  } finally {
    dispose()
  }
})
it('runs after it', () => {})`

describe('a wait for an action that never comes', () => {
  const expectExplained = (output: string) => {
    expect(output).toContain('recorder.next, after 4000 ms: still waiting for socket/opened; seen so far:')
    expect(output).toContain('{"type":"socket/connect')
    expect(output).toContain('Check that it happens and that the match fits.')
  }

  it('fails its test alone in node:test, with what was recorded instead', () => {
    app.write('wait.test.mjs', waitingTests({ imports: `import { it } from 'node:test'`, equal: expects }))
    const { output } = app.nodeTest('wait.test.mjs')
    expect(output).toMatch(/^ *not ok 1 - waits for ever$/m)
    expect(output).toMatch(/^ *ok 2 - runs after it$/m)
    expectExplained(output)
  })

  it.each(['', 'jest.useFakeTimers()'])('fails in jest before its own limit %s', (fakeTimers) => {
    app.write('jest-wait/app.test.cjs', toCommonJs(waitingTests({ imports: '', equal: expects }, fakeTimers)))
    app.write('jest-wait/jest.config.json', '{ "testMatch": ["**/*.test.cjs"] }')
    const { output } = app.tool('jest/bin/jest.js', '--rootDir', 'jest-wait', '--config', 'jest-wait/jest.config.json')
    expect(output).toContain('1 failed, 1 passed, 2 total')
    expectExplained(output)
    expect(output).toContain('app.test.cjs:')
  })

  it.each(['', 'vi.useFakeTimers()'])('fails in vitest before its own limit %s', (fakeTimers) => {
    const imports = `import { it, vi } from 'vitest'`
    app.write('vitest-wait/app.test.mjs', waitingTests({ imports, equal: expects }, fakeTimers))
    const { output } = app.tool('vitest/vitest.mjs', 'run', '--root', 'vitest-wait')
    expect(output).toContain('1 failed | 1 passed')
    expectExplained(output)
  })
})
