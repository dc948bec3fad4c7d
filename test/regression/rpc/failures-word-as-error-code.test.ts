import { describe, expect, it } from '@jest/globals'
import { socketRequest, socketSubscribe } from '../../../src/rpc/index.js'
import { setupOpenRpcStore, useFakeTime } from '../../unit/rpc/harness.js'

// A word as `error.code` became −32000. A word that the library has too, such as "closed", must not be taken for the library's own.

useFakeTime()

describe('a server with words as error codes', () => {
  it('keeps a word as the code of an error', async () => {
    const store = await setupOpenRpcStore()
    const request = store.dispatch(socketRequest('get'))
    store.refuse({ code: 'id_reuse', message: 'Identifier values have to increase.' })
    await expect(request).resolves.toEqual({
      error: { code: 'id_reuse', message: 'Identifier values have to increase.' },
    })
  })

  it('fails a subscription with the server’s word, also where the library has the same', async () => {
    const store = await setupOpenRpcStore()
    const id = store.dispatch(socketSubscribe('market'))
    store.refuse({ code: 'closed', message: 'The market is closed.' })
    expect(store.subscription(id)).toMatchObject({ status: 'failed', error: { code: 'closed' } })
  })
})
