import { useEffect, useState, type ChangeEvent, type DragEvent } from 'react'

interface DropZoneProps {
  readonly hint: string
  readonly onFiles: (files: readonly File[]) => void
}

const prevent = (event: Event) => event.preventDefault()

/** Beside the zone, a browser would leave the page to show the file. */
function useHarmlessDrops() {
  useEffect(() => {
    document.addEventListener('dragover', prevent)
    document.addEventListener('drop', prevent)
    return () => {
      document.removeEventListener('dragover', prevent)
      document.removeEventListener('drop', prevent)
    }
  }, [])
}

/** A place to drop files on, which is a file chooser too: for the keyboard, and wherever nothing can be dragged. */
export function DropZone({ hint, onFiles }: DropZoneProps) {
  const [isOver, setIsOver] = useState(false)
  useHarmlessDrops()
  const choose = ({ target }: ChangeEvent<HTMLInputElement>) => {
    onFiles([...(target.files ?? [])])
    // The same file again is a change again.
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
