import { expect, it } from '@jest/globals'
import { WebSocket } from 'ws'
import { socketConnect, socketError } from '../../../src/index.js'
import { startOnHttp } from '../../server/support.js'
import { buildStore } from '../../support/buildStore.js'

// A wrong path gave an error of the runtime that did not name the path.

it('connection_failed names the status and the path of a refused upgrade where the runtime reports it', async () => {
  await using running = await startOnHttp(undefined, {}, '/ws')
  const store = buildStore({
    url: `${running.origin}/chat?token=secret`,
    WebSocket,
    reconnect: false,
  })
  await store.dispatch(socketConnect())
  expect(store.recorder.of(socketError).map(({ payload }) => payload)).toEqual([
    {
      code: 'connection_failed',
      message: `Connecting to ${running.origin.replace('http', 'ws')}/chat?… failed: Unexpected server response: 404.`,
    },
  ])
  store.dispose()
})
