import { codedError } from '../internal/errors.js'
import type { ConnectionRecording, SocketRecording } from './types.js'

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null

/** A time that a Date can have (ECMAScript, section 21.4.1.1). */
const isTime = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= 8.64e15

const isListOf = (value: unknown, isItem: (item: Members) => boolean): boolean =>
  Array.isArray(value) && value.every((item) => isObject(item) && isTime(item['at']) && isItem(item))

/** Whether no value is there twice: the panel tells rows and connections apart by them. */
const areDifferent = (values: readonly unknown[]): boolean => new Set(values).size === values.length

const isText = (value: unknown): boolean => typeof value === 'string'
const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0

const phases = ['idle', 'connecting', 'open', 'closing', 'closed', 'reconnecting', 'failed']
const kinds = ['sent', 'received', 'event']
const severities = ['info', 'good', 'warning', 'error']
const marks = ['attempt', 'close', 'error', 'drop']
const counts = ['received', 'receivedBytes', 'sent', 'sentBytes', 'dropped', 'queued']

const isRow = ({ id, kind, title, body, bytes, severity }: Members): boolean =>
  isCount(id) &&
  kinds.includes(kind as string) &&
  isText(title) &&
  isText(body) &&
  (bytes === null || isCount(bytes)) &&
  severities.includes(severity as string)

const isConnection = (value: unknown): value is ConnectionRecording =>
  isObject(value) &&
  isText(value['name']) &&
  isCount(value['total']) &&
  (value['state'] === null || isObject(value['state'])) &&
  isListOf(value['rows'], isRow) &&
  areDifferent((value['rows'] as readonly Members[]).map(({ id }) => id)) &&
  isListOf(value['seconds'], (second) => counts.every((key) => isCount(second[key]))) &&
  isListOf(value['phases'], ({ phase }) => phases.includes(phase as string)) &&
  isListOf(value['marks'], ({ kind, label }) => marks.includes(kind as string) && isText(label)) &&
  isListOf(value['changes'], ({ before, after }) => isObject(before) && isObject(after))

const isRecording = (value: unknown): value is SocketRecording =>
  isObject(value) &&
  value['format'] === 'reduplex-recording' &&
  value['version'] === 1 &&
  isTime(value['savedAt']) &&
  Array.isArray(value['connections']) &&
  value['connections'].length > 0 &&
  value['connections'].every(isConnection) &&
  areDifferent(value['connections'].map(({ name }) => name))

/**
 * Reads a recording that was saved as JSON.
 * @throws `invalid_recording` for any other text
 */
export const readRecording = (text: string): SocketRecording => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Not JSON: reported below.
  }
  if (isRecording(value)) return value
  const found =
    isObject(value) && value['format'] === 'reduplex-recording' ? `version ${String(value['version'])}` : 'other'
  throw codedError(
    'invalid_recording',
    `Expected the JSON of a recording of version 1 ("format": "reduplex-recording"), got ${found} data. Choose a file that the export button of the devtools saved.`,
  )
}
