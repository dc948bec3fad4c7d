import { useCallback, useEffect, useRef, useState } from 'react'
import { useAppDispatch } from '../hooks.js'
import { pageHash, readScenarioName, useHash } from '../route.js'
import { runScenario, scenarios, type Scenario } from './scenarios.js'

/** Runs one scenario at a time: the one that a button starts, or the one that the address names. */
export function useScenario() {
  const dispatch = useAppDispatch()
  const [running, setRunning] = useState<Scenario>()
  const [result, setResult] = useState('')
  const abort = useRef<AbortController>(undefined)
  const linked = readScenarioName(useHash())

  const stop = useCallback(() => abort.current?.abort(), [])
  const start = useCallback(
    async (scenario: Scenario) => {
      abort.current?.abort()
      const controller = new AbortController()
      abort.current = controller
      setRunning(scenario)
      setResult('')
      const problem = await runScenario(scenario, dispatch, controller.signal).then(
        () => '',
        (error: Error) => error.message,
      )
      // Another one has started meanwhile.
      if (abort.current !== controller) return
      setRunning(undefined)
      setResult(problem || `“${scenario.label}” ${controller.signal.aborted ? 'was stopped' : 'is over'}.`)
    },
    [dispatch],
  )

  useEffect(() => {
    const scenario = scenarios.find(({ name }) => name === linked)
    if (!scenario) return undefined
    let isShown = true
    // Not within the effect: StrictMode runs effects twice.
    queueMicrotask(() => isShown && void start(scenario))
    return () => {
      isShown = false
      stop()
    }
  }, [linked, start, stop])

  return {
    running,
    result,
    stop,
    /** The link then leads to it. */
    run: (scenario: Scenario) => {
      const hash = pageHash('inspector', scenario.name)
      if (window.location.hash === hash) void start(scenario)
      else window.location.hash = hash
    },
  }
}
