import { describe, expect, it } from '@jest/globals'
import type { Store } from '@reduxjs/toolkit'
import { socketConnect, type SocketDispatch, type SocketsState } from '../../src/index.js'
import { startEchoServer } from '../support/echoServer.js'
import { runFile } from './pageFiles.js'
import { atTheEnd, until, usePage } from './support.js'

usePage()

interface Chat {
  readonly store: Store<{ socket: SocketsState; lines: readonly string[] }>
  readonly dispatch: SocketDispatch & Store['dispatch']
  readonly dispose: () => void
}

describe('a store of createStore', () => {
  it('connects, forwards and receives', async () => {
    const echo = await startEchoServer()
    atTheEnd(echo.stop)
    const { createChat } = runFile('docs/recipes/legacy-create-store.md', 'store.ts') as {
      createChat: (url: string) => Chat
    }
    const { store, dispatch, dispose } = createChat(echo.url)
    atTheEnd(dispose)
    expect(await dispatch(socketConnect())).toBe('open')
    dispatch({ type: 'chat/said', payload: 'hello' })
    expect(store.getState().lines).toEqual(['hello'])
    await until(store, ({ lines }) => lines.length === 2)
    expect(store.getState().lines).toEqual(['hello', 'hello'])
  })
})
