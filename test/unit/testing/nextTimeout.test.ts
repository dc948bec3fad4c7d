import { configureStore } from '@reduxjs/toolkit'
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { socketOpened } from '../../../src/index.js'
import type * as testing from '../../../src/testing/index.js'
import { createFakeServer, recordActions, type ActionRecorder } from '../../../src/testing/index.js'
import { said } from './chatStore.js'

afterEach(() => {
  jest.useRealTimers()
  jest.restoreAllMocks()
})

/** Records one action. */
const record = (recorder: ActionRecorder) => {
  const store = configureStore({
    reducer: () => 0,
    middleware: (defaults) => defaults().concat(recorder.middleware),
  })
  store.dispatch(said('a'))
}

/** Loads the test kit once more, as a file of tests does. */
const loadKit = async (): Promise<typeof testing> => {
  jest.resetModules()
  return await import('../../../src/testing/index.js')
}

describe('a wait that lasts too long', () => {
  const messageOf = async (wait: Promise<unknown>): Promise<string[]> => {
    const error = await wait.catch((reason: unknown) => reason)
    return (error as Error).message.split('\n')
  }
  const advice = expect.stringMatching(/^Check that it happens and that the match fits\. .*nextTimeout/)

  it('rejects with what was waited for, what came instead and what to do, also on fake timers', async () => {
    jest.useFakeTimers()
    const recorder = recordActions(undefined, 'default', { nextTimeout: 1 })
    record(recorder)
    expect(await messageOf(recorder.next(socketOpened))).toEqual([
      'recorder.next, after 1 ms: still waiting for socket/opened; seen so far:',
      '  {"type":"chat/said","payload":"a"}',
      advice,
    ])
    expect(recorder.pending()).toBeNull()
  })

  it('names the call in its stack', async () => {
    const error = await recordActions(undefined, 'default', { nextTimeout: 1 })
      .next(socketOpened)
      .catch((reason: unknown) => reason)
    expect((error as Error).stack).toMatch(/^Error: recorder\.next, after 1 ms: still waiting for socket\/opened/)
    expect((error as Error).stack).toContain('nextTimeout.test.ts')
  })

  it('has its text once in its stack, also where jest writes the message into the stack', async () => {
    const recorder = recordActions(undefined, 'default', { nextTimeout: 1 })
    record(recorder)
    const { message, stack = '' } = await recorder.next(socketOpened).then(
      () => new Error(),
      (reason: unknown) => reason as Error,
    )
    const lines = stack.split('\n')
    expect(lines.slice(0, 3).join('\n')).toBe(`Error: ${message}`)
    expect(lines.slice(3).filter((line) => !/^\s+at /.test(line))).toEqual([])
  })

  it('rejects nextMany once for all', async () => {
    const recorder = recordActions(undefined, 'default', { nextTimeout: 1 })
    record(recorder)
    expect((await messageOf(recorder.nextMany(3, said)))[0]).toBe(
      'recorder.next, after 1 ms: still waiting for chat/said (2 of 3); seen so far:',
    )
  })

  it('rejects next, nextAttempt and the steps of a fake server', async () => {
    const server = createFakeServer({ mode: 'refuse', nextTimeout: 1 })
    const socket = new server.WebSocket('ws://chat.test/')
    expect(await messageOf(server.next('chat/said'))).toEqual([
      'server.next, after 1 ms: still waiting for chat/said; seen so far:',
      '  nothing',
      advice,
    ])
    expect(await messageOf(server.nextAttempt())).toEqual([
      'server, after 1 ms: still waiting for a connection attempt; seen so far:',
      '  ws://chat.test/ (closed)',
      advice,
    ])
    const later = server.cut()
    expect((await messageOf(server.send('x')))[0]).toBe(
      'server, after 1 ms: still waiting for an open connection; seen so far:',
    )
    expect(await messageOf(later)).toHaveLength(3)
    expect(socket.readyState).toBe(socket.CLOSED)
  })

  it('causes no unhandled rejection where it is not awaited', async () => {
    const unhandled: unknown[] = []
    const onUnhandled = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', onUnhandled)
    const server = createFakeServer({ nextTimeout: 1 })
    const recorder = recordActions(undefined, 'default', { nextTimeout: 1 })
    void recorder.next(socketOpened)
    void recorder.nextMany(2, socketOpened)
    void server.next()
    void server.nextAttempt()
    void server.send('x')
    void server.cut()
    await messageOf(server.freeze())
    void server.cut()
    await new Promise((resolve) => setTimeout(resolve, 0))
    process.off('unhandledRejection', onUnhandled)
    expect(unhandled).toEqual([])
  })

  it('has no timer once it has ended, and none that keeps the process after expectAllClosed', async () => {
    const clearReal = jest.spyOn(globalThis, 'clearTimeout')
    const setReal = jest.spyOn(globalThis, 'setTimeout')
    const kit = await loadKit()
    const timers = () => setReal.mock.results.map(({ value }) => value as NodeJS.Timeout)
    const holds = () => timers().map((timer) => timer.hasRef())
    const recorder = kit.recordActions(undefined, 'default', { nextTimeout: 100_000 })
    const next = recorder.next(said)
    void recorder.next(socketOpened)
    expect(holds()).toEqual([true, true])
    record(recorder)
    await next
    expect(clearReal).toHaveBeenCalledTimes(1)
    expect(clearReal.mock.lastCall?.[0] === timers()[0]).toBe(true)
    expect(kit.expectAllClosed).toThrow('recorder.next: still waiting for socket/opened')
    expect(holds()).toEqual([true, false])
  })

  it('lasts as long as a timer can where nextTimeout is Infinity, and ends with its match', async () => {
    const setReal = jest.spyOn(globalThis, 'setTimeout')
    const warn = jest.spyOn(process, 'emitWarning')
    const kit = await loadKit()
    const recorder = kit.recordActions(undefined, 'default', { nextTimeout: Infinity })
    const server = kit.createFakeServer({ nextTimeout: Infinity })
    const waits = [recorder.next(said), server.next('hi'), server.nextAttempt(), server.send('welcome')]
    try {
      record(recorder)
      const socket = new server.WebSocket('ws://chat.test/')
      socket.addEventListener('open', () => socket.send('"hi"'))
      await Promise.all(waits)
      const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
      socket.close()
      await closed
      // Node turns a longer delay into 1 ms.
      expect(new Set(setReal.mock.calls.map(([, delay]) => delay))).toEqual(new Set([2 ** 31 - 1]))
      expect(warn).not.toHaveBeenCalled()
    } finally {
      // Otherwise a wait that goes on keeps jest running.
      kit.expectAllClosed()
    }
  })

  it('ends where the kit is loaded while fake timers are installed', async () => {
    jest.useFakeTimers()
    const kit = await loadKit()
    const recorder = kit.recordActions(undefined, 'default', { nextTimeout: 1 })
    expect(await messageOf(recorder.next(socketOpened))).toHaveLength(3)
  })
})
