'use client'
// The public names of `reduplex/devtools`, listed one by one.
export { SocketDevtools, type SocketDevtoolsProps } from './SocketDevtools.js'
export {
  createSocketRecorder,
  type RecordedStore,
  type SocketRecorder,
  type SocketRecorderOptions,
} from './createSocketRecorder.js'
export type {
  ConnectionRecording,
  LogRow,
  PhaseChange,
  RowKind,
  SecondCounts,
  Severity,
  SocketRecording,
  StateChange,
  TimelineMark,
} from './types.js'
