import { expect, it, jest } from '@jest/globals'
import { debugFeature } from '../../../src/features/index.js'
import { createSocketMiddleware, socketClose, socketConnect, socketSend } from '../../../src/index.js'
import { takePrinted } from '../../support/leaks.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupStore, type StoreOptions } from '../../support/setupStore.js'

useFakeTime()

const create = createSocketMiddleware.with(debugFeature) as never
const url = 'ws://me:secret@a.example/ws?token=secret'

const setup = (debug: NonNullable<StoreOptions['debug']>, options: StoreOptions = {}) =>
  setupStore({ create, url, debug, reconnect: { backoff: () => 1_500 }, ...options })

it('debug gets one line for each step, without secrets and messages', async () => {
  const lines: string[] = []
  const store = setup((line) => lines.push(line), { heartbeat: { interval: 100, timeout: 100 } })
  store.dispatch(socketSend('private', { id: 'a' }))
  store.dispatch(socketSend('private', { id: 'b', whenOffline: 'drop' }))
  await advanceTime(20)
  void store.dispatch(socketConnect())
  await advanceTime(50)
  store.receive('{"broken":secret')
  await advanceTime(250)
  void store.dispatch(socketClose())
  await advanceTime(1)
  expect(lines).toEqual([
    'reduplex default: dropped {"reason":"offline","count":1}',
    'reduplex default: changed {"queued":1}',
    'reduplex default: connecting {"attempt":0,"url":"ws://a.example/ws?…"}',
    'reduplex default: opened {"url":"ws://a.example/ws?…","protocol":""}',
    'reduplex default: changed {"queued":0}',
    'reduplex default: error {"code":"invalid_frame"}',
    'reduplex default: error {"code":"heartbeat_missed"}',
    'reduplex default: closed {"code":null,"cause":"timeout","next":"reconnecting","reason":""}',
    'reduplex default: reconnecting {"attempt":1,"delay":1500}',
    'reduplex default: dropped {"reason":"indeterminate","count":1}',
    'reduplex default: closed {"code":null,"cause":"abandoned","next":"closed","reason":""}',
  ])
  expect(lines.filter((line) => /private|token|me:|\n/.test(line))).toEqual([])
})

it('debug: true prints to the console', async () => {
  const log = jest.spyOn(console, 'log').mockImplementation(() => {})
  const store = setup(true)
  void store.dispatch(socketConnect())
  await advanceTime(1)
  expect(log.mock.calls.flat()[0]).toMatch(/^reduplex default: connecting \{"attempt":0,/)
  store.dispose()
})

it('debug: false prints nothing', async () => {
  const store = setup(false)
  void store.dispatch(socketConnect())
  await advanceTime(1)
  expect(takePrinted()).toEqual([])
})
