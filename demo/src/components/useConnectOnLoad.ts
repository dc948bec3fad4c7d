import { useEffect } from 'react'
import { selectSocketStatus, socketConnect } from '../../../src/index.js'
import { useAppDispatch } from '../hooks.js'
import type { AppDispatch, RootState } from '../store.js'

const connectOnce = (dispatch: AppDispatch, getState: () => RootState): void => {
  if (selectSocketStatus(getState()) === 'idle') void dispatch(socketConnect())
}

/** Connects the default connection, unless the user has closed it. */
export function useConnectOnLoad(): void {
  const dispatch = useAppDispatch()
  useEffect(() => {
    dispatch(connectOnce)
  }, [dispatch])
}
