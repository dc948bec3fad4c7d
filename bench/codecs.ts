// The codecs, and the libraries that they use, against JSON.stringify and JSON.parse: encoding and decoding of a small message, of an array, and of 1
// MiB of bytes (which JSON carries as base64). The libraries run alone: none of them checks what cbor() and msgpack() check.
import { Decoder, Encoder } from '@msgpack/msgpack'
import { Encoder as CborX } from 'cbor-x/index-no-eval'
import * as cbor2 from 'cbor2'
import * as cborg from 'cborg'
import type * as Msgpackr from 'msgpackr'
import * as msgpackrPack from 'msgpackr/pack'
import * as notepack from 'notepack.io'
import { cbor } from '../src/codec/cbor.js'
import { msgpack } from '../src/codec/msgpack.js'
import { json } from '../src/index.js'
import { interleave, printTimes } from './support/measure.js'

interface Coder {
  readonly encode: (value: unknown) => unknown
  readonly decode: (frame: never) => unknown
}

const cborX = new CborX({ useRecords: false })
// What a browser gets: without the native add-on. This entry's own types are empty.
const { Packr } = msgpackrPack as unknown as typeof Msgpackr
const packr = new Packr({ useRecords: false })
const encoder = new Encoder()
const decoder = new Decoder()

/** Every frame arrives as an ArrayBuffer of its own; the libraries need a view of it. */
const bare = (encode: (value: unknown) => unknown, decode: (bytes: Uint8Array) => unknown): Coder => ({
  encode,
  decode: (frame) => decode(new Uint8Array(frame)),
})

const coders: Readonly<Record<string, Coder>> = {
  'json()': json(),
  'cbor()': cbor(),
  'cbor-x': bare(
    (value) => cborX.encode(value),
    (view) => cborX.decode(view) as unknown,
  ),
  cborg: bare((value) => cborg.encode(value), cborg.decode),
  cbor2: bare((value) => cbor2.encode(value), cbor2.decode),
  'msgpack()': msgpack(),
  '@msgpack/msgpack': bare(
    (value) => encoder.encode(value),
    (view) => decoder.decode(view),
  ),
  msgpackr: bare(
    (value) => packr.pack(value),
    (view) => packr.unpack(view) as unknown,
  ),
  // Its build for Node needs Node's Buffer.
  'notepack.io': bare(notepack.encode, ({ buffer }) => notepack.decode(Buffer.from(buffer)) as unknown),
}

/** Encoded data as a socket would deliver it. */
const delivered = (encoded: unknown): unknown =>
  typeof encoded === 'string' ? encoded : new Uint8Array(encoded as ArrayBuffer).buffer

const bytes = new Uint8Array(1024 * 1024).map((_, n) => n * 7)

interface Message {
  readonly what: string
  readonly value: object
  /** What JSON sends instead, where it has no such value. */
  readonly asJson?: object
  readonly count: number
}

const messages: readonly Message[] = [
  {
    what: 'chat message',
    value: {
      type: 'chat/said',
      payload: {
        id: 'm-1024',
        from: 'ada',
        text: 'Are we still on for tonight?',
        at: 1_760_000_000_000,
        edited: false,
      },
    },
    count: 200,
  },
  {
    what: 'list of 100',
    value: {
      type: 'posts/listed',
      payload: Array.from({ length: 100 }, (_, n) => ({
        id: `post-${n}`,
        title: `What happened next, part ${n}`,
        author: `author-${n % 7}`,
        likes: n * 3,
        score: n / 7,
        tags: ['redux', 'websocket'],
      })),
    },
    count: 3,
  },
  {
    what: '1 MiB of bytes',
    value: { type: 'files/part', payload: bytes },
    asJson: { type: 'files/part', payload: Buffer.from(bytes).toString('base64') },
    count: 1,
  },
]

for (const { what, value, asJson = value, count } of messages) {
  const text = JSON.stringify(asJson)
  for (const [name, { encode, decode }] of Object.entries(coders)) {
    const given = name === 'json()' ? asJson : value
    const frame = delivered(encode(given)) as never
    const size = { rounds: 30, count }
    const encoded = await interleave(
      () => encode(given),
      () => JSON.stringify(asJson),
      size,
    )
    printTimes(`${what}: encode, ${name}`, encoded, '×')
    const decoded = await interleave(
      () => decode(frame),
      () => void JSON.parse(text),
      size,
    )
    printTimes(`${what}: decode, ${name}`, decoded, '×')
  }
}
