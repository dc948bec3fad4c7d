import { act } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { Provider } from 'react-redux'
import { describe, expect, it } from '@jest/globals'
import { socketConnect } from '../../../src/index.js'
import { happens } from '../../support/reactApp.js'
import { createRpcNetwork } from '../../support/rpcNetwork.js'
import { createRpcStore } from '../../support/rpcStore.js'
import { idlePage, Page } from './page.js'

export const describeHydration = (): void =>
  describe('in a browser', () => {
    it('hydrates a page of the server without a mismatch when it is connected already, then shows the state', async () => {
      const network = createRpcNetwork()
      const { store, dispatch } = createRpcStore({ url: 'ws://x/', WebSocket: network.WebSocket, autoBatch: false })
      const container = document.createElement('div')
      container.innerHTML = idlePage
      await dispatch(socketConnect())
      const mismatches: unknown[] = []
      const page = (
        <Provider store={store}>
          <Page />
        </Provider>
      )
      const root = await act(async () =>
        hydrateRoot(container, page, { onRecoverableError: (error) => mismatches.push(error) }),
      )
      await happens(() => network.push('prices', 7))
      expect(mismatches).toEqual([])
      expect(container.textContent).toBe('open true null active 7 null false')
      expect(network.connections).toHaveLength(1)
      await happens(() => root.unmount())
      expect([network.live, network.subscribed()]).toEqual([0, []])
    })
  })
