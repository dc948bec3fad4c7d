import { useAppSelector } from '../hooks.js'
import { JsonText } from './JsonText.js'
import { Panel } from './Panel.js'

/** The slice as JSON. Everything that the page shows about the connection is in it. */
export function StatePanel() {
  const slice = useAppSelector((state) => state.socket)
  return (
    <Panel title="state.socket" className="state">
      {/* Focusable, so that it can be scrolled by keyboard. */}
      <pre tabIndex={0} role="group" aria-label="The socket slice as JSON">
        <JsonText text={JSON.stringify(slice, null, 2)} />
      </pre>
    </Panel>
  )
}
