'use client'

import { useDispatch, useSelector } from 'react-redux'
import { useSocket } from 'reduplex/react'
import { written, type RootState } from '../lib/store'

export const Lines = () => {
  const { status } = useSocket()
  const lines = useSelector((state: RootState) => state.lines)
  const dispatch = useDispatch()
  return (
    <>
      <p>{`The connection is ${status}.`}</p>
      <ul>
        {lines.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
      <form action={(data) => void dispatch(written(String(data.get('text'))))}>
        <input name="text" aria-label="Text" required /> <button>Write</button>
      </form>
    </>
  )
}
