import { describe, expect, it } from '@jest/globals'
import { optionsFromEnv } from '../../../src/index.js'
import { createSocketMiddleware } from '../../support/allFeatures.js'
import { takePrinted } from '../../support/leaks.js'
import { isDevelopment } from '../../support/mode.js'

describe('optionsFromEnv', () => {
  it('reads each variable as its type', () => {
    const env = { SOCKET_URL: ' wss://a.example/ws ', SOCKET_FORWARD: 'ws.*', SOCKET_IDLE_TIMEOUT: '30000', OTHER: 'x' }
    const options = optionsFromEnv(env)
    expect(options).toEqual({ url: 'wss://a.example/ws', forward: /ws.*/, idleTimeout: 30_000 })
    expect(() => createSocketMiddleware(options)).not.toThrow()
  })

  it('takes another prefix', () => {
    expect(optionsFromEnv({ VITE_WS_URL: '/ws', SOCKET_URL: '/other' }, { prefix: 'VITE_WS_' })).toEqual({ url: '/ws' })
  })

  it.each([undefined, '', '  '])('leaves out variables that are %j', (value) => {
    expect(optionsFromEnv({ SOCKET_URL: value, SOCKET_FORWARD: value, SOCKET_IDLE_TIMEOUT: value })).toEqual({})
  })

  it.each(['ten', '-1', 'NaN', '1e999', '0x10', '10s', 'Infinity'])(
    'leaves out a malformed number, with a warning: %s',
    (value) => {
      expect(optionsFromEnv({ SOCKET_IDLE_TIMEOUT: value })).toEqual({})
      const warning = expect.stringContaining('SOCKET_IDLE_TIMEOUT')
      expect(takePrinted()).toEqual(isDevelopment ? [warning] : [])
    },
  )

  it('takes 0 for never, and fractions', () => {
    expect(optionsFromEnv({ SOCKET_IDLE_TIMEOUT: '0' })).toEqual({ idleTimeout: 0 })
    expect(optionsFromEnv({ SOCKET_IDLE_TIMEOUT: '1.5' })).toEqual({ idleTimeout: 1.5 })
  })

  it.each(['http://[', 'ftp://x', 'file:///ws', 'localhost:8080'])('throws invalid_url for the address %s', (value) => {
    expect(() => optionsFromEnv({ SOCKET_URL: value })).toThrow(expect.objectContaining({ code: 'invalid_url' }))
  })

  it.each([['FORWARD', 'ws(']])('leaves out a malformed %s, with a warning', (name, value) => {
    expect(optionsFromEnv({ [`SOCKET_${name}`]: value })).toEqual({})
    const warning = expect.stringContaining(`expected SOCKET_${name} to be`)
    expect(takePrinted()).toEqual(isDevelopment ? [warning] : [])
  })
})
