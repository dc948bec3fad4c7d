'use client'

import { useEffect, useState, type ReactNode } from 'react'
import { Provider } from 'react-redux'
import { socketClose, socketConnect } from 'reduplex'
import { makeStore, type Line } from '../lib/store'

export const StoreProvider = ({ children, lines }: { children: ReactNode; lines: Line[] }) => {
  const [store] = useState(() => makeStore(lines))
  // Effects do not run on the server, so no connection is opened there.
  useEffect(() => {
    void store.dispatch(socketConnect())
    return () => void store.dispatch(socketClose())
  }, [store])
  return <Provider store={store}>{children}</Provider>
}
