import { useAppSelector } from '../hooks.js'
import { JsonText } from './JsonText.js'
import { Panel } from './Panel.js'

/** The slice as it is now; nothing the page shows about the connection comes from elsewhere. */
export function StatePanel() {
  const slice = useAppSelector((state) => state.socket)
  return (
    <Panel title="state.socket" className="state">
      {/* Scrollable, so it must be reachable by keyboard. */}
      <pre tabIndex={0} role="group" aria-label="The socket slice as JSON">
        <JsonText text={JSON.stringify(slice, null, 2)} />
      </pre>
    </Panel>
  )
}
