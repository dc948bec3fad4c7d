/** @jest-environment ./test/env/dom.cjs */
import { startTransition, Suspense, useState } from 'react'
import { afterEach, describe, expect, it } from '@jest/globals'
import { socketConnect } from '../../../src/index.js'
import { useSocket, useSubscription, type SocketView, type SubscriptionView } from '../../../src/react/index.js'
import { happens, mount, unmountAll } from '../../support/reactApp.js'
import { createHeldServer } from '../../support/heldServer.js'
import { createRpcNetwork } from '../../support/rpcNetwork.js'
import { createRpcStore } from '../../support/rpcStore.js'
import { setupStore } from '../../support/setupStore.js'

const never = new Promise<never>(() => {})

/** Suspends when asked to. */
const Waiting = ({ isReady }: { isReady: boolean }) => {
  if (!isReady) throw never as unknown as Error
  return null
}

/** A page that shows what `useIt` returns for `first`, and a transition to `second` that suspends. */
const createPage = <View,>(useIt: (what: string) => View, first: string, second: string) => {
  const views: View[] = []
  const moves: (() => void)[] = []
  const Page = () => {
    const [what, setWhat] = useState(first)
    const seen = useIt(what)
    if (what === first) views.push(seen)
    moves.push(() => startTransition(() => setWhat(second)))
    return <Waiting isReady={what === first} />
  }
  const page = (
    <Suspense fallback="waiting">
      <Page />
    </Suspense>
  )
  return { page, view: () => views.at(-1)!, move: () => happens(() => moves.at(-1)?.()) }
}

describe('while React renders a page for something else, the current page', () => {
  afterEach(unmountAll)

  it('keeps the data of its own subscription', async () => {
    const network = createRpcNetwork()
    const { store, dispatch } = createRpcStore({ url: 'ws://x/', WebSocket: network.WebSocket, autoBatch: false })
    await dispatch(socketConnect())
    const { page, view, move } = createPage<SubscriptionView>(
      (symbol) => useSubscription('prices', { symbol }),
      'A',
      'B',
    )
    await mount(store, page, false)
    await happens(() => network.push('prices', 7))
    await move()
    expect([view().status, view().data]).toEqual(['active', 7])
    await happens(() => network.push('prices', 8))
    expect(view().data).toBe(8)
  })

  it('keeps the state of its own connection', async () => {
    const network = createHeldServer({ mode: 'accept' })
    const { store, dispatch } = setupStore({ url: 'ws://x/', WebSocket: network.WebSocket, autoBatch: false })
    await dispatch(socketConnect())
    const { page, view, move } = createPage<SocketView>(useSocket, 'default', 'other')
    await mount(store, page, false)
    await move()
    expect(view().status).toBe('open')
  })
})
