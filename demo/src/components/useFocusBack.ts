import { useEffect, useRef, type RefObject } from 'react'

/** For a button that an editor takes the place of: once that closes, the focus is back where it was, unless it has gone elsewhere by itself. */
export function useFocusBack(isEditing: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null)
  const wasEditing = useRef(false)
  useEffect(() => {
    if (!isEditing && wasEditing.current && document.activeElement === document.body) button.current?.focus()
    wasEditing.current = isEditing
  }, [isEditing])
  return button
}
