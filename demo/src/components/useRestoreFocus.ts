import { useEffect, useRef, type RefObject } from 'react'

/** For a button that an editor replaces: focuses the button again when the editor closes, unless something else has the focus. */
export function useRestoreFocus(isEditing: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null)
  const wasEditing = useRef(false)
  useEffect(() => {
    if (!isEditing && wasEditing.current && document.activeElement === document.body) button.current?.focus()
    wasEditing.current = isEditing
  }, [isEditing])
  return button
}
