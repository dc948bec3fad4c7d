import { nanoid } from '@reduxjs/toolkit'
import { socketSendRaw } from '../../../src/index.js'
import type { AppDispatch } from '../store.js'
import { MAX_FILE_BYTES } from './limits.js'
import { begun } from './picturesSlice.js'

/** Sends a file as it is, as one binary frame. One that is over the limit is not even tried: the server would hang up. */
export function sendFile(file: File) {
  return (dispatch: AppDispatch) => {
    const { name, size: byteLength } = file
    if (byteLength > MAX_FILE_BYTES) {
      dispatch(begun({ id: nanoid(), name, byteLength, stage: 'dropped', reason: 'over_limit' }))
      return
    }
    const { id, delivery, ...rest } = dispatch(socketSendRaw(file))
    dispatch(begun({ id, name, byteLength, stage: delivery === 'sent' ? 'sending' : delivery, ...rest }))
  }
}
