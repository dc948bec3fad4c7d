import { useState, type MouseEvent } from 'react'
import { viewOf } from '../viewOf.js'

interface CopyButtonProps {
  readonly label: string
  /** What is copied, read when the button is pressed. */
  readonly text: () => string
}

/** Copies a text to the clipboard, and says whether that worked. */
export const CopyButton = ({ label, text }: CopyButtonProps) => {
  const [result, setResult] = useState<string>()
  const copy = async ({ currentTarget }: MouseEvent<HTMLElement>) => {
    try {
      // Pages without https have no clipboard.
      await viewOf(currentTarget).navigator.clipboard.writeText(text())
      setResult('Copied')
    } catch {
      setResult('Not copied')
    }
  }
  return (
    <button type="button" className="copy" onClick={(event) => void copy(event)} onBlur={() => setResult(undefined)}>
      {result ?? label}
    </button>
  )
}
