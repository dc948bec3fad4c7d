import { cbor } from '../../../src/codec/cbor.js'
import { msgpack } from '../../../src/codec/msgpack.js'
import {
  binaryFeature,
  createListening,
  createSocketActions,
  createSocketMiddleware,
  idleFeature,
  json,
  type Codec,
} from '../../../src/index.js'
import { createRecordingCodec } from './recordingCodec.js'

export type Format = 'json' | 'cbor' | 'msgpack'

const createSocket = createSocketMiddleware.with(binaryFeature, idleFeature)

function createChat(format: Format, label: string, plainCodec: Codec) {
  const actions = createSocketActions(`chat-${format}`)
  const { codec, lastFrame } = createRecordingCodec(plainCodec)
  // Lazy: the connection opens when the page starts to listen.
  const { middleware } = createSocket({ actions, url: '/ws', codec, lazy: true })
  return { format, label, actions, listening: createListening(actions), middleware, lastFrame }
}

const jsonChat = createChat('json', 'JSON', json())
const cborChat = createChat('cbor', 'CBOR', cbor())
const msgpackChat = createChat('msgpack', 'MessagePack', msgpack())

/** One connection for each format, all to the same endpoint. */
export const chats = [jsonChat, cborChat, msgpackChat]

/** A tuple: from an array the type of the store could not derive what each middleware adds. */
export const chatMiddlewares = [jsonChat.middleware, cborChat.middleware, msgpackChat.middleware] as const

export type Chat = (typeof chats)[number]
