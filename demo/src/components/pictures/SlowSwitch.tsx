import { useEffect, useState } from 'react'
import { fetchServerStatus, runFault } from '../../faults.js'

function useSlowServer() {
  const [isSlow, setIsSlow] = useState(false)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    // The server may be slow already: by another tab, or by this one before a reload.
    fetchServerStatus().then(
      (status) => setIsSlow(status.isSlow),
      (error: Error) => setProblem(error.message),
    )
  }, [])
  const change = async (nextIsSlow: boolean) => {
    setIsSlow(nextIsSlow)
    setProblem('')
    try {
      await runFault(nextIsSlow ? 'slow' : 'fast')
    } catch (error) {
      setIsSlow(!nextIsSlow)
      setProblem((error as Error).message)
    }
  }
  return { isSlow, problem, change: (nextIsSlow: boolean) => void change(nextIsSlow) }
}

/** Makes the server read slowly. On one machine even a large file is sent before the progress bar could move. */
export function SlowSwitch() {
  const { isSlow, problem, change } = useSlowServer()
  return (
    <>
      <label className="check">
        <input type="checkbox" checked={isSlow} onChange={({ target }) => change(target.checked)} />
        Slow server: reads 5 MB/s
      </label>
      <output className="note-error" aria-label="SerializedSocketError of the switch">
        {problem}
      </output>
    </>
  )
}
