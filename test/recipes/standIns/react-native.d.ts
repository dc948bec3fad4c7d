// What the recipe uses of React Native, NetInfo and Capacitor, which are not installed: a copy of the signatures of their own types.
declare module 'react-native' {
  import type { ReactNode } from 'react'

  export const Text: (props: { readonly children?: ReactNode }) => ReactNode
  export type AppStateStatus = 'active' | 'background' | 'inactive' | 'unknown' | 'extension'

  export const AppState: {
    readonly currentState: AppStateStatus
    readonly addEventListener: (
      type: 'change',
      listener: (state: AppStateStatus) => void,
    ) => { readonly remove: () => void }
  }
}

declare module '@react-native-community/netinfo' {
  interface NetInfoState {
    readonly isConnected: boolean | null
  }
  const NetInfo: {
    readonly addEventListener: (listener: (state: NetInfoState) => void) => () => void
  }
  export default NetInfo
}

declare module '@capacitor/app' {
  interface PluginListenerHandle {
    readonly remove: () => Promise<void>
  }
  export const App: {
    readonly addListener: (event: 'pause' | 'resume', listener: () => void) => Promise<PluginListenerHandle>
  }
}
