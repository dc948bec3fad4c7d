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
      <DropZone hint={`Any file up to ${formatBytes(MAX_FILE_BYTES)}; it comes back as it went.`} onFiles={send} />
      <div className="actions">
        <LargePictureButton onMade={(file) => send([file])} />
        <SlowSwitch />
      </div>
      <TransferList />
    </Panel>
  )
}

function LargePictureButton({ onMade }: { readonly onMade: (file: File) => void }) {
  const [isMaking, setIsMaking] = useState(false)
  const make = () => {
    setIsMaking(true)
    // After the button has been painted as busy: it takes a moment in which nothing else does.
    setTimeout(() => {
      onMade(makeLargePicture())
      setIsMaking(false)
    }, 20)
  }
  return (
    <button type="button" aria-disabled={isMaking} onClick={isMaking ? undefined : make}>
      Send a 20 MB picture
    </button>
  )
}
