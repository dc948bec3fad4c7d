import { useEffect, useState, type ComponentType } from 'react'
import { Failure } from './Failure.js'
import type { PanelProps } from './panel/Panel.js'

interface Loaded {
  readonly Panel?: ComponentType<PanelProps>
  readonly error?: unknown
}

/** Loads the panel when it is first shown. `lazy` of React would throw a failed import into the app, and would not import again. */
export const LazyPanel = (props: PanelProps) => {
  const [loaded, setLoaded] = useState<Loaded>({})
  const load = (): void =>
    void import('./panel/Panel.js').then(
      ({ Panel }) => setLoaded({ Panel }),
      (error: unknown) => setLoaded({ error }),
    )
  useEffect(load, [])
  const retry = () => {
    setLoaded({})
    load()
  }
  if (loaded.Panel) return <loaded.Panel {...props} />
  if ('error' in loaded) return <Failure error={loaded.error} onRetry={retry} onClose={props.onClose} />
  return <p className="loading">Loading…</p>
}
