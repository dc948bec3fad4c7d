import { cbor } from '../../../src/codec/cbor.js'
import { msgpack } from '../../../src/codec/msgpack.js'
import {
  binaryFeature,
  createSocketActions,
  createSocketMiddleware,
  idleFeature,
  json,
  type Codec,
} from '../../../src/index.js'
import { createRecording } from './recording.js'

export type Format = 'json' | 'cbor' | 'msgpack'

function createChat(format: Format, label: string, plainCodec: Codec) {
  const actions = createSocketActions(`chat-${format}`)
  const { codec, last } = createRecording(plainCodec)
  // Lazy: nobody is dialled before the page listens.
  const { middleware } = createSocketMiddleware.with(binaryFeature, idleFeature)({ actions, codec, lazy: true })
  return { format, label, actions, middleware, lastFrame: last }
}

const inJson = createChat('json', 'JSON', json())
const inCbor = createChat('cbor', 'CBOR', cbor())
const inMsgpack = createChat('msgpack', 'MessagePack', msgpack())

/** One connection each to the same endpoint. */
export const chats = [inJson, inCbor, inMsgpack]

/** A tuple: of an array, a store's type could not tell how many there are, nor what follows. */
export const chatMiddlewares = [inJson.middleware, inCbor.middleware, inMsgpack.middleware] as const

export type Chat = (typeof chats)[number]
