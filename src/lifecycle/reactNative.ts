import type { Lifecycle } from '../middleware/options.js'

/** What is used of React Native's `AppState`. */
export interface AppStateLike {
  /** `active`, `background`, or a state between them. */
  readonly currentState: string
  /** Listens to the next states. */
  addEventListener(type: 'change', listener: (state: string) => void): { remove(): void }
}

/** What is used of `NetInfo` of `@react-native-community/netinfo`. */
export interface NetInfoLike {
  /** Listens to the network, and reports its state at once. Returns a function that stops it. `isConnected` is `null` while it is not known. */
  addEventListener(listener: (state: { readonly isConnected: boolean | null }) => void): () => void
}

/**
 * The option `lifecycle` for React Native: `reactNativeLifecycle(AppState, NetInfo)`. The background pauses the connection, and so does a lost network; the
 * foreground resumes it, and so does the network. Without NetInfo every attempt is made as if there were a network. See docs/recipes/react-native.md.
 */
export const reactNativeLifecycle = (appState: AppStateLike, netInfo?: NetInfoLike): Lifecycle => {
  let hasNetwork = true
  const watch = (onState: (state: string) => void, onNetwork: () => void) => {
    const subscription = appState.addEventListener('change', onState)
    const stop = netInfo?.addEventListener(({ isConnected }) => {
      hasNetwork = isConnected !== false
      onNetwork()
    })
    return () => {
      subscription.remove()
      stop?.()
    }
  }
  return {
    onPause: (pause) => {
      const pauseIn = (state: string) => state === 'background' && pause()
      pauseIn(appState.currentState)
      return watch(pauseIn, () => hasNetwork || pause())
    },
    onResume: (resume) => {
      const resumeIn = (state: string) => state === 'active' && resume()
      return watch(resumeIn, () => hasNetwork && resumeIn(appState.currentState))
    },
    isOnline: () => hasNetwork,
  }
}
