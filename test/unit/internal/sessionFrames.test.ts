import { describe, expect, it } from '@jest/globals'
import type { ReceivedFrame } from '../../../src/internal/bytes.js'
import {
  codecOfSession,
  isControl,
  isCounted,
  readControlFrame,
  sessionProtocol,
  toControlFrame,
  type ControlFrame,
} from '../../../src/internal/sessionFrames.js'

const window = { messages: 1000, bytes: 1_048_576 }
const base = { is: 'welcome', id: 'a', ttl: 120_000, window, maxPayload: 1_048_576 } as const

describe('subprotocols of sessions', () => {
  it.each(['', 'cbor', 'a+b'])('lead back to the codec %j', (codec) => {
    expect(codecOfSession(sessionProtocol(codec))).toBe(codec)
  })

  it.each(['', 'cbor', 'reduplex.session.10', 'reduplex.session.2'])('are not taken for %j', (protocol) => {
    expect(codecOfSession(protocol)).toBeUndefined()
  })
})

describe('control frames', () => {
  it.each<ControlFrame>([
    { is: 'hello', window },
    { is: 'hello', window, key: 'k', turn: 3, received: 41, acked: 17, sent: 19 },
    { ...base, resumed: false, key: 'k', rate: { perSecond: 100, burst: 200 } },
    { ...base, resumed: false, key: 'k', acked: 18 },
    { ...base, resumed: true, received: 19, acked: 18, sent: 44, kept: true },
    { is: 'ack', received: 0 },
    { is: 'bye', received: 19, reason: 'restart' },
  ])('are read as they were written: %j', (frame) => {
    const text = toControlFrame(frame)
    expect(isControl(text)).toBe(true)
    expect(readControlFrame(text)).toEqual(frame)
  })

  it.each([
    '$',
    '$null',
    '$7',
    '${}',
    '${"is":"other"}',
    '${"is":"ack"}',
    '${"is":"ack","received":-1}',
    '${"is":"ack","received":1.5}',
    '${"is":"ack","received":"1"}',
    '${"is":"hello"}',
    '${"is":"hello","window":{"messages":1}}',
    '${"is":"hello","key":"k","window":{"messages":1,"bytes":1}}',
    '${"is":"hello","key":7,"turn":1,"received":0,"acked":0,"sent":0,"window":{"messages":1,"bytes":1}}',
    '${"is":"welcome","resumed":true,"window":{"messages":1,"bytes":1}}',
    '${"is":"welcome","resumed":false,"id":"a","window":{"messages":1,"bytes":1}}',
    '${"is":"welcome","resumed":true,"id":"a","received":1,"acked":1,"window":{"messages":1,"bytes":1}}',
  ])('are not read when they are malformed: %s', (text) => {
    expect(readControlFrame(text)).toBeUndefined()
  })
})

describe('counted frames', () => {
  it.each<[frame: ReceivedFrame, isExpected: boolean]>([
    ['{}', true],
    ['', true],
    ['ping ', true],
    [new ArrayBuffer(1), true],
    ['ping', false],
    ['pong', false],
    ['${"is":"ack","received":1}', false],
  ])('are all but heartbeats and control frames: %p', (frame, isExpected) => {
    expect(isCounted(frame)).toBe(isExpected)
  })
})
