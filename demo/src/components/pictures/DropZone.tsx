import { useEffect, useState, type ChangeEvent, type DragEvent } from 'react'

interface DropZoneProps {
  readonly hint: string
  readonly onFiles: (files: readonly File[]) => void
}

const prevent = (event: Event) => event.preventDefault()

/** Ignores files that are dropped outside the zone: the browser would open them instead of the page. */
function useIgnoredDrops() {
  useEffect(() => {
    document.addEventListener('dragover', prevent)
    document.addEventListener('drop', prevent)
    return () => {
      document.removeEventListener('dragover', prevent)
      document.removeEventListener('drop', prevent)
    }
  }, [])
}

/** Accepts dropped files. It is a file chooser, too: for keyboards and touch screens. */
export function DropZone({ hint, onFiles }: DropZoneProps) {
  const [isOver, setIsOver] = useState(false)
  useIgnoredDrops()
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    onFiles([...(target.files ?? [])])
    // Otherwise choosing the same file again is not a change.
    target.value = ''
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setIsOver(false)
    onFiles([...event.dataTransfer.files])
  }
  return (
    <div
      className={isOver ? 'dropzone is-over' : 'dropzone'}
      onDragOver={() => setIsOver(true)}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      <input id="file" type="file" multiple aria-describedby="file-hint" onChange={choose} />
      <label htmlFor="file">
        <b>Drop a picture here, or choose a file</b>
      </label>
      <p id="file-hint" className="note">
        {hint}
      </p>
    </div>
  )
}
