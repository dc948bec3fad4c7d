import { describe, expect, it } from '@jest/globals'
import { optionsFromEnv } from '../../../src/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { takePrinted } from '../../support/leaks.js'

describe('options from the environment', () => {
  it('I3 are read, each as what it is', () => {
    const env = { SOCKET_URL: ' wss://a.example/ws ', SOCKET_FORWARD: 'ws.*', SOCKET_IDLE_TIMEOUT: '30000', OTHER: 'x' }
    const options = optionsFromEnv(env)
    expect(options).toEqual({ url: 'wss://a.example/ws', forward: /ws.*/, idleTimeout: 30_000 })
    expect(() => createSocketMiddleware(options)).not.toThrow()
  })

  it('I3 have another prefix when told so', () => {
    expect(optionsFromEnv({ VITE_WS_URL: '/ws', SOCKET_URL: '/other' }, { prefix: 'VITE_WS_' })).toEqual({ url: '/ws' })
  })

  it.each([undefined, '', '  '])('I1 I3 that are %j are left out', (value) => {
    expect(optionsFromEnv({ SOCKET_URL: value, SOCKET_FORWARD: value, SOCKET_IDLE_TIMEOUT: value })).toEqual({})
  })

  it.each(['ten', '-1', 'NaN', '1e999', '0x10', '10s', 'Infinity'])(
    'I3 of a bad number leave the default, with a warning: %s',
    (value) => {
      expect(optionsFromEnv({ SOCKET_IDLE_TIMEOUT: value })).toEqual({})
      expect(takePrinted()).toEqual([expect.stringContaining('SOCKET_IDLE_TIMEOUT')])
    },
  )

  it('I3 of 0 mean never, and of a fraction a fraction', () => {
    expect(optionsFromEnv({ SOCKET_IDLE_TIMEOUT: '0' })).toEqual({ idleTimeout: 0 })
    expect(optionsFromEnv({ SOCKET_IDLE_TIMEOUT: '1.5' })).toEqual({ idleTimeout: 1.5 })
  })

  it.each([
    ['FORWARD', 'ws('],
    ['URL', 'http://['],
  ])('I3 of a malformed %s leave it out, with a warning', (name, value) => {
    expect(optionsFromEnv({ [`SOCKET_${name}`]: value })).toEqual({})
    expect(takePrinted()).toEqual([expect.stringContaining(`expected SOCKET_${name} to be`)])
  })
})
