import { describe, expect, it } from '@jest/globals'
import { secret, secretFeature } from '../../../src/features/index.js'
import { createSocketMiddleware, socketConnect } from '../../../src/index.js'
import type { BuiltStore, StoreOptions } from '../../support/buildStore.js'
import { useEchoStore, Ws } from '../../support/echoStore.js'
import { sentence } from '../../support/mode.js'

const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl'
const echo = useEchoStore(createSocketMiddleware.with(secretFeature))
let store: BuiltStore | undefined
const connect = async (options: StoreOptions) => {
  store = echo.build({ WebSocket: Ws, reconnect: false, ...options })
  const outcome = await store.dispatch(socketConnect())
  // Nothing that the store holds or has seen contains the token, whatever happened.
  expect(JSON.stringify([store.recorder.all, store.state()])).not.toContain(token)
  return outcome
}

const offered = () => echo.server().connections.map(({ request }) => request.headers['sec-websocket-protocol'])

describe('secret()', () => {
  it('is sent to the server and masked where the server selects it', async () => {
    expect(await connect({ protocols: [secret(token)] })).toBe('open')
    expect([offered(), store?.state().protocol]).toEqual([[token], ''])
  })

  it('leaves the other subprotocols as they are', async () => {
    expect(await connect({ protocols: ['v1', secret(token)] })).toBe('open')
    expect([offered(), store?.state().protocol]).toEqual([[`v1,${token}`], 'v1'])
  })

  it('may come from a function, alone', async () => {
    expect(await connect({ protocols: async () => await Promise.resolve(secret(token)) })).toBe('open')
    expect(offered()).toEqual([token])
  })

  it('stays masked in the error of a malformed one', async () => {
    expect(await connect({ protocols: [secret(`${token}/w==`)] })).toBe('failed')
    expect(store?.state().error).toEqual({
      code: 'invalid_url',
      message: sentence(/A secret\(\) must be a token/, 'reduplex: invalid_url, see docs/errors.md#invalid_url'),
    })
  })

  it('fails the connection without secretFeature', async () => {
    expect(await connect({ protocols: ['v1', secret(token)], create: createSocketMiddleware })).toBe('failed')
    expect(store?.state().error).toMatchObject({ code: 'invalid_url', message: sentence(/needs secretFeature/) })
    expect(echo.server().connections).toHaveLength(0)
  })

  it('is masked with a class that assigns its protocol to the instance, as React Native does', async () => {
    class Assigning extends EventTarget {
      readyState = 0
      binaryType = 'arraybuffer'
      bufferedAmount = 0
      protocol = ''
      constructor(_url: string, protocols: string[]) {
        super()
        queueMicrotask(() => {
          this.readyState = 1
          this.protocol = protocols[0]!
          this.dispatchEvent(new Event('open'))
        })
      }
      send() {}
      close() {
        this.readyState = 3
        this.dispatchEvent(Object.assign(new Event('close'), { code: 1000, reason: '', wasClean: true }))
      }
    }
    expect(await connect({ protocols: [secret(token)], WebSocket: Assigning as never })).toBe('open')
    expect(store?.state().protocol).toBe('')
    store?.dispose()
    expect(await connect({ protocols: ['v1', secret(token)], WebSocket: Assigning as never })).toBe('open')
    expect(store?.state().protocol).toBe('v1')
  })

  it('shows nothing when it is printed', () => {
    const made = secret(token)
    expect([String(made), JSON.stringify({ made }), Object.keys(made).join()]).toEqual([
      '…',
      '{"made":"…"}',
      'toString,toJSON',
    ])
  })
})

it('a malformed subprotocol that is a plain text is not quoted by the error either', async () => {
  expect(await connect({ protocols: ['v1', `${token}/w==`] })).toBe('failed')
})
