import { useEffect, useRef } from 'react'
import { after, type Cancel } from '../../internal/clock.js'

/** Calls the newest `task` every `milliseconds` while `isOn`. */
export const useInterval = (milliseconds: number, isOn: boolean, task: () => void): void => {
  const latest = useRef(task)
  useEffect(() => {
    latest.current = task
  })
  useEffect(() => {
    if (!isOn) return undefined
    let cancel: Cancel
    const schedule = () => {
      cancel = after(milliseconds, () => {
        latest.current()
        schedule()
      })
    }
    schedule()
    return () => cancel()
  }, [milliseconds, isOn])
}
