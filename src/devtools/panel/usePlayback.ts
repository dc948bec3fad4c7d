import { useState } from 'react'
import { readRecording } from '../recordingFile.js'
import { spanOf } from '../recordingAt.js'
import type { SocketRecording } from '../types.js'
import { useInterval } from './useInterval.js'

/** How often a playback moves on, in milliseconds. */
const STEP_MS = 100

/** A recording that was imported, and the moment that is shown. */
export interface Playback {
  readonly recording: SocketRecording
  /** The first and the last moment, in milliseconds since the epoch. */
  readonly from: number
  readonly to: number
  /** The moment that is shown. */
  readonly at: number
  readonly isPlaying: boolean
  /** How many times faster than it happened. */
  readonly speed: number
}

/** The playback, and what changes it. */
export interface PlaybackControls {
  /** `undefined` while the live recording is shown. */
  readonly playback: Playback | undefined
  /** Why a file could not be read; empty without a problem. */
  readonly problem: string
  readonly open: (file: Blob) => void
  readonly change: (change: Partial<Pick<Playback, 'at' | 'isPlaying' | 'speed'>>) => void
  /** Returns to the live recording. */
  readonly close: () => void
}

const startOf = (recording: SocketRecording): Playback => {
  const { from, to } = spanOf(recording.connections)
  return { recording, from, to, at: to, isPlaying: false, speed: 1 }
}

const moveOn = (playback: Playback): Playback => {
  const at = Math.min(playback.to, playback.at + STEP_MS * playback.speed)
  return { ...playback, at, isPlaying: at < playback.to }
}

/** Reads recordings and plays them. No socket is opened, and nothing is dispatched. */
export const usePlayback = (): PlaybackControls => {
  const [playback, setPlayback] = useState<Playback>()
  const [problem, setProblem] = useState('')
  const isPlaying = playback?.isPlaying === true
  useInterval(STEP_MS, isPlaying, () => setPlayback((before) => before && moveOn(before)))
  const open = async (file: Blob) => {
    try {
      setPlayback(startOf(readRecording(await file.text())))
      setProblem('')
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  return {
    playback,
    problem,
    open: (file) => void open(file),
    change: (change) => setPlayback((before) => before && { ...before, ...change }),
    close: () => setPlayback(undefined),
  }
}
