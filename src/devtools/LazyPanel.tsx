import { useEffect, useState, type ComponentType } from 'react'
import { after } from '../internal/clock.js'
import { Failure } from './Failure.js'
import type { PanelProps } from './panel/Panel.js'

interface Loaded {
  readonly Panel?: ComponentType<PanelProps>
  readonly error?: unknown
}

const loading: Loaded = {}

/** Loads the panel when it is first shown. `lazy` of React would throw a failed import into the app, and would not import again. */
export const LazyPanel = (props: PanelProps) => {
  const [loaded, setLoaded] = useState(loading)
  const isLoading = loaded === loading
  useEffect(() => {
    if (!isLoading) return undefined
    void import('./panel/Panel.js').then(
      ({ Panel }) => setLoaded({ Panel }),
      (error: unknown) => setLoaded({ error }),
    )
    // A request that is never answered does not fail.
    return after(10_000, () => setLoaded((now) => (now === loading ? { error: 'No answer for 10 seconds.' } : now)))
  }, [isLoading])
  if (loaded.Panel) return <loaded.Panel {...props} />
  if ('error' in loaded)
    return <Failure error={loaded.error} onRetry={() => setLoaded(loading)} onClose={props.onClose} />
  return <p className="loading">Loading…</p>
}
