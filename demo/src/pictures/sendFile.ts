import { nanoid } from '@reduxjs/toolkit'
import { socketSendRaw } from '../../../src/index.js'
import type { AppDispatch } from '../store.js'
import { MAX_FILE_BYTES } from './limits.js'
import { transferStarted } from './picturesSlice.js'

/** Sends a file as one binary frame. A file over the limit is not sent: the server would close the connection. */
export function sendFile(file: File) {
  return (dispatch: AppDispatch) => {
    const { name, size: byteLength } = file
    if (byteLength > MAX_FILE_BYTES) {
      dispatch(transferStarted({ id: nanoid(), name, byteLength, stage: 'dropped', reason: 'over_limit' }))
      return
    }
    const { id, delivery, ...rest } = dispatch(socketSendRaw(file))
    dispatch(transferStarted({ id, name, byteLength, stage: delivery === 'sent' ? 'sending' : delivery, ...rest }))
  }
}
