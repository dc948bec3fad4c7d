/** Values that exist as long as a component uses them. */
export interface RefCounted<Value> {
  /** The value of a key, if there is one. */
  readonly peek: (key: string) => Value | undefined
  /** Returns the value of a key, which is created at the first call, and a function that releases it. */
  readonly acquire: (key: string, create: () => Value) => { readonly value: Value; readonly release: () => void }
}

/**
 * Creates an empty table. A value ends once the code that released it last has run: a value that is acquired again by then has not ended. So do StrictMode, hot
 * reload, and a component that replaces another.
 */
export const createRefCounted = <Value extends { readonly end: () => void }>(): RefCounted<Value> => {
  const entries = new Map<string, { readonly value: Value; users: number }>()
  return {
    peek: (key) => entries.get(key)?.value,
    acquire: (key, create) => {
      const entry = entries.get(key) ?? { value: create(), users: 0 }
      entries.set(key, entry)
      entry.users++
      const release = () => {
        entry.users--
        queueMicrotask(() => {
          if (entry.users || entries.get(key) !== entry) return
          entries.delete(key)
          entry.value.end()
        })
      }
      return { value: entry.value, release }
    },
  }
}
