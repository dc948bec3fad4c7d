import { useEffect, useState } from 'react'
import { fetchServerStatus, pullSwitch } from '../../faults.js'

function useSlowServer() {
  const [isSlow, setIsSlow] = useState(false)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    // Another tab, or this one before a reload, may have switched it.
    fetchServerStatus().then(
      (status) => setIsSlow(status.isSlow),
      (error: Error) => setProblem(error.message),
    )
  }, [])
  const change = async (wanted: boolean) => {
    setIsSlow(wanted)
    setProblem('')
    try {
      await pullSwitch(wanted ? 'slow' : 'fast')
    } catch (error) {
      setIsSlow(!wanted)
      setProblem((error as Error).message)
    }
  }
  return { isSlow, problem, change: (wanted: boolean) => void change(wanted) }
}

/** Has the server read slowly: on one machine, even a large file is gone before a bar could move. */
export function SlowSwitch() {
  const { isSlow, problem, change } = useSlowServer()
  return (
    <>
      <label className="check">
        <input type="checkbox" checked={isSlow} onChange={({ target }) => change(target.checked)} />
        Slow server: reads 5 MB a second
      </label>
      <output className="note-error" aria-label="Answer to the switch">
        {problem}
      </output>
    </>
  )
}
