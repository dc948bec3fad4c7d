// What the recipe uses of React Native, which is not installed: a copy of the signatures of its own types.
declare module 'react-native' {
  export type AppStateStatus = 'active' | 'background' | 'inactive' | 'unknown' | 'extension'

  export const AppState: {
    readonly addEventListener: (
      type: 'change',
      listener: (state: AppStateStatus) => void,
    ) => { readonly remove: () => void }
  }
}
