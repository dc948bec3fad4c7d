import { version } from 'react'
import { renderToPipeableStream, renderToString } from 'react-dom/server'
import { Provider } from 'react-redux'
import { Writable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { socketConnect } from '../../../src/index.js'
import { createRpcNetwork } from '../../support/rpcNetwork.js'
import { createRpcStore } from '../../support/rpcStore.js'
import { idlePage, Page } from './page.js'

const build = () => {
  const network = createRpcNetwork()
  const store = createRpcStore({ url: 'ws://x/', WebSocket: network.WebSocket, autoBatch: false })
  const page = (
    <Provider store={store.store}>
      <Page />
    </Provider>
  )
  return { ...store, network, page }
}

const streamed = async (page: Parameters<typeof renderToPipeableStream>[0]): Promise<string> =>
  await new Promise((resolve, reject) => {
    let html = ''
    const { pipe } = renderToPipeableStream(page, { onShellReady: () => pipe(target), onError: reject })
    const target = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        html += chunk.toString()
        done()
      },
      final: (done) => {
        done()
        resolve(html)
      },
    })
  })

/** What a server renders, under the React that is there. */
export const describeServerRendering = (major: '18' | '19'): void =>
  describe(`a render on the server, under React ${major}`, () => {
    it('uses that version', () => {
      expect(version.split('.')[0]).toBe(major)
    })

    it('is idle, connects nowhere and prints nothing', async () => {
      const { page, network, recorder } = build()
      expect(renderToString(page)).toBe(idlePage)
      expect(await streamed(page)).toBe(idlePage)
      expect([network.connections.length, recorder.types]).toEqual([0, []])
    })

    it('is idle whatever the state is', async () => {
      const { page, dispatch } = build()
      await dispatch(socketConnect())
      expect(renderToString(page)).toBe(idlePage)
    })
  })
