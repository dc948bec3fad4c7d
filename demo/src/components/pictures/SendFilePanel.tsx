import { useState } from 'react'
import { selectIsOpen, socketConnect } from '../../../../src/index.js'
import { formatBytes } from '../../format.js'
import { useAppDispatch, useAppSelector } from '../../hooks.js'
import { makeLargePicture } from '../../pictures/largePicture.js'
import { MAX_FILE_BYTES } from '../../pictures/limits.js'
import { sendFile } from '../../pictures/sendFile.js'
import { Panel } from '../Panel.js'
import { DropZone } from './DropZone.js'
import { SlowSwitch } from './SlowSwitch.js'
import { TransferList } from './TransferList.js'

export function SendFilePanel() {
  const dispatch = useAppDispatch()
  const isOpen = useAppSelector(selectIsOpen)
  const send = (files: readonly File[]) => {
    for (const file of files) dispatch(sendFile(file))
  }
  return (
    <Panel
      title="Send a picture"
      className="send-file"
      aside={
        !isOpen && (
          <button type="button" className="button-main" onClick={() => void dispatch(socketConnect())}>
            Connect
          </button>
        )
      }
    >
      <DropZone
        hint={`Any file up to ${formatBytes(MAX_FILE_BYTES)}. The server sends it back unchanged.`}
        onFiles={send}
      />
      <div className="actions">
        <LargePictureButton onCreate={(file) => send([file])} />
        <SlowSwitch />
      </div>
      <TransferList />
    </Panel>
  )
}

function LargePictureButton({ onCreate }: { readonly onCreate: (file: File) => void }) {
  const [isCreating, setIsCreating] = useState(false)
  const create = () => {
    setIsCreating(true)
    // After the disabled button is painted: creating the picture blocks the page for a moment.
    setTimeout(() => {
      onCreate(makeLargePicture())
      setIsCreating(false)
    }, 20)
  }
  return (
    <button type="button" aria-disabled={isCreating} onClick={isCreating ? undefined : create}>
      Send a 20 MB picture
    </button>
  )
}
