import type { MouseEvent } from 'react'
import { scenarios } from '../../inspector/scenarios.js'
import { useScenario } from '../../inspector/useScenario.js'
import { pageHash } from '../../route.js'
import { Panel } from '../Panel.js'

/** The scenarios as links: a click runs one, and its address can be passed on. */
export function ScenarioPanel() {
  const { running, result, run, stop } = useScenario()
  return (
    <Panel
      title="Scenarios"
      className="scenarios"
      aside={
        running && (
          <button type="button" onClick={stop}>
            Stop
          </button>
        )
      }
    >
      <p className="note">Click one to run it, or pass its link on.</p>
      <div className="faults">
        {scenarios.map((scenario) => {
          const { name, label, hint } = scenario
          const isRunning = running === scenario
          const click = (event: MouseEvent) => {
            event.preventDefault()
            run(scenario)
          }
          return (
            <a
              key={name}
              href={pageHash('inspector', name)}
              className={isRunning ? 'fault is-on' : 'fault'}
              aria-current={isRunning ? 'step' : undefined}
              onClick={click}
            >
              <span>{label}</span>
              <small>{hint}</small>
            </a>
          )
        })}
      </div>
      <output className="outcome" aria-label="State of the scenario">
        {running ? `“${running.label}” is running…` : result}
      </output>
    </Panel>
  )
}
