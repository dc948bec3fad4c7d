import { onScopeDispose, shallowReadonly, shallowRef, type ShallowRef } from 'vue'
import { store, type RootState } from './store'

/** A part of the state, for as long as the component lives. */
export const useSelector = <Selected>(selector: (state: RootState) => Selected): Readonly<ShallowRef<Selected>> => {
  const selected = shallowRef(selector(store.getState()))
  onScopeDispose(
    store.subscribe(() => {
      selected.value = selector(store.getState())
    }),
  )
  return shallowReadonly(selected)
}
