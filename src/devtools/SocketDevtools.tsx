import { useContext, useEffect, useState, type JSX } from 'react'
import { ReactReduxContext, type ReactReduxContextValue } from 'react-redux'
import { codedError } from '../internal/errors.js'
import { createSocketRecorder, type SocketRecorder, type SocketRecorderOptions } from './createSocketRecorder.js'
import { LazyPanel } from './LazyPanel.js'
import { ShadowHost } from './ShadowHost.js'

/** What `<SocketDevtools />` takes. All of it is optional. */
export interface SocketDevtoolsProps extends SocketRecorderOptions {
  /**
   * A recorder that the app has created, to record from the start and while the component is not mounted. The recorder's own options then apply.
   * @default a recorder of the store in the context of react-redux, for as long as the component is mounted
   */
  readonly recorder?: SocketRecorder
  /** Whether it fills its parent element, which must have a height, instead of opening at the bottom of the page by a button. @default false */
  readonly isEmbedded?: boolean
  /** Whether it is open when it is first mounted. @default false */
  readonly initialIsOpen?: boolean
  /** The colours. `inherit` follows the `color-scheme` of the page. @default 'inherit' */
  readonly theme?: 'inherit' | 'light' | 'dark'
}

/** The recorder that was given, or one of the store in the context. */
const useRecorder = ({ recorder: given, connections, secretNames, selectSockets }: SocketDevtoolsProps) => {
  const context = useContext<ReactReduxContextValue | null>(ReactReduxContext)
  const [own, setOwn] = useState<SocketRecorder>()
  if (!given && !context) {
    throw codedError(
      'no_provider',
      __DEV__
        ? 'SocketDevtools: expected the prop "recorder" or a <Provider store={…}> of react-redux above this component, found none.'
        : '',
    )
  }
  const store = context?.store
  useEffect(() => {
    if (given || !store) return undefined
    const created = createSocketRecorder(store, {
      ...(connections && { connections }),
      ...(secretNames && { secretNames }),
      ...(selectSockets && { selectSockets }),
    })
    setOwn(created)
    return created.stop
    // The options of a recorder do not change.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [given, store])
  return given ?? own
}

/**
 * Shows what the connections of a store do: a timeline, charts, a log of messages and events, and the state with its changes. A button at the bottom of the
 * page opens it. It is for development: see docs/devtools.md for how to leave it out of production. Its styles are in a shadow root, apart from those of the
 * page. See docs/devtools.md.
 *
 * @throws `no_provider` without the prop `recorder` and without a `<Provider>` of react-redux
 * @example
 * <Provider store={store}>
 *   <App />
 *   <SocketDevtools />
 * </Provider>
 */
export const SocketDevtools = (props: SocketDevtoolsProps): JSX.Element => {
  const { isEmbedded = false, initialIsOpen = false, theme = 'inherit' } = props
  const recorder = useRecorder(props)
  const [isOpen, setIsOpen] = useState(initialIsOpen)
  const close = isEmbedded ? undefined : () => setIsOpen(false)
  return (
    <ShadowHost theme={theme} isEmbedded={isEmbedded}>
      {isEmbedded || isOpen ? (
        recorder && <LazyPanel recorder={recorder} onClose={close} />
      ) : (
        <button type="button" className="opener" onClick={() => setIsOpen(true)}>
          Open socket devtools
        </button>
      )}
    </ShadowHost>
  )
}
