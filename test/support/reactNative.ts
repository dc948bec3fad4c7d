import type { AppStateLike, NetInfoLike } from '../../src/lifecycle/index.js'

// Substitutes for `AppState` of React Native and for NetInfo, with their rules: listeners of `AppState` get changes only, and `currentState` has changed
// by then; a listener of NetInfo gets the state at once, and each change.

export interface PhoneDouble {
  readonly AppState: AppStateLike
  readonly NetInfo: NetInfoLike
  /** The app enters this state: `active`, `inactive`, `background`. */
  readonly goTo: (state: string) => void
  /** The network comes or goes; `null` is not known. */
  readonly setConnected: (isConnected: boolean | null) => void
  /** How many listeners there are. */
  readonly listeners: () => number
}

export const createPhone = ({ isConnected = true }: { readonly isConnected?: boolean | null } = {}): PhoneDouble => {
  const onState = new Set<(state: string) => void>()
  const onNetwork = new Set<(state: { readonly isConnected: boolean | null }) => void>()
  const AppState = {
    currentState: 'active',
    addEventListener: (_type: 'change', listener: (state: string) => void) => {
      const own = (state: string) => listener(state)
      onState.add(own)
      return { remove: () => void onState.delete(own) }
    },
  }
  let network = { isConnected }
  return {
    AppState,
    NetInfo: {
      addEventListener: (listener) => {
        const own: typeof listener = (state) => listener(state)
        onNetwork.add(own)
        own(network)
        return () => void onNetwork.delete(own)
      },
    },
    goTo: (state) => {
      AppState.currentState = state
      for (const listener of onState) listener(state)
    },
    setConnected: (value) => {
      network = { isConnected: value }
      for (const listener of onNetwork) listener(network)
    },
    listeners: () => onState.size + onNetwork.size,
  }
}
