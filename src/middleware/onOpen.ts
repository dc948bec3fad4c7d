import type { ConnectionHooks } from '../connection/hooks.js'
import type { OpenContext, SocketMiddlewareOptions } from './options.js'
import type { StorePort } from './storePort.js'

/** Calls the option `onOpen` each time the connection is ready. */
export const onOpenHooks = ({ onOpen }: SocketMiddlewareOptions, { api, guard }: StorePort): ConnectionHooks => {
  const { dispatch, getState } = api as Pick<OpenContext, 'dispatch' | 'getState'>
  return {
    onReady: ({ reconnected }) => {
      if (onOpen) guard(__DEV__ ? '"onOpen"' : 'onOpen', () => onOpen({ dispatch, getState, reconnected }))
    },
  }
}
