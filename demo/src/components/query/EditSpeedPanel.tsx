import { Choice } from '../Choice.js'
import { Panel } from '../Panel.js'

const speeds = [
  { value: '0', label: 'at once' },
  { value: '5', label: 'after 5 s' },
] as const

export type EditSpeed = (typeof speeds)[number]['value']

interface EditSpeedPanelProps {
  readonly speed: EditSpeed
  readonly onSpeed: (speed: EditSpeed) => void
}

export function EditSpeedPanel({ speed, onSpeed }: EditSpeedPanelProps) {
  return (
    <Panel title="Edits are saved" aside={<Choice label="When" value={speed} options={speeds} onChange={onSpeed} />}>
      <p className="note">
        This page shows an edit before it is saved. When the connection is cut in between, the edit is undone.
      </p>
    </Panel>
  )
}
