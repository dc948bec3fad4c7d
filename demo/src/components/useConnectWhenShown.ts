import { useEffect } from 'react'
import { selectSocketStatus, type SocketActions } from '../../../src/index.js'
import { useAppDispatch, useAppSelector } from '../hooks.js'

/** Connects a named connection when its page is first shown. It stays open while other pages are shown. */
export function useConnectWhenShown({ connect, name }: Pick<SocketActions, 'connect' | 'name'>): void {
  const dispatch = useAppDispatch()
  const isIdle = useAppSelector((state) => selectSocketStatus(state, name) === 'idle')
  useEffect(() => {
    if (isIdle) void dispatch(connect())
  }, [connect, dispatch, isIdle])
}
