import { WebSocketServer } from 'ws'
import { aCount, aFunction, type Check } from '../../internal/optionChecks.js'
import { group, type OptionChecks } from '../../internal/optionGroups.js'
import type { SocketServerSettings, WsOptions } from '../options.js'

const aBoolean: Check = ['true or false', (value) => typeof value === 'boolean']
const anInteger: Check = ['an integer', Number.isInteger]
const windowBits: Check = [
  'true, false or a number from 8 to 15',
  (value) =>
    typeof value === 'boolean' || (Number.isInteger(value) && (value as number) >= 8 && (value as number) <= 15),
]

const zlibChecks: OptionChecks = {
  flush: anInteger,
  finishFlush: anInteger,
  chunkSize: anInteger,
  windowBits: anInteger,
  level: anInteger,
  memLevel: anInteger,
  strategy: anInteger,
  dictionary: ['bytes', (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer],
  info: aBoolean,
  maxOutputLength: aCount,
  rejectGarbageAfterEnd: aBoolean,
}

/** The checks of the options that only `ws` uses. It does not check them. */
const knownChecks: OptionChecks = {
  verifyClient: aFunction,
  handleProtocols: aFunction,
  allowSynchronousEvents: aBoolean,
  autoPong: aBoolean,
  clientTracking: aBoolean,
  perMessageDeflate: group(
    {
      serverNoContextTakeover: aBoolean,
      clientNoContextTakeover: aBoolean,
      serverMaxWindowBits: windowBits,
      clientMaxWindowBits: windowBits,
      zlibDeflateOptions: group(zlibChecks),
      zlibInflateOptions: group(zlibChecks),
      threshold: aCount,
      concurrencyLimit: aCount,
    },
    'true, false or an object',
    (value) => typeof value === 'boolean',
  ),
  maxBufferedChunks: aCount,
  maxFragments: aCount,
  maxPendingAutoPongs: aCount,
  skipUTF8Validation: aBoolean,
  WebSocket: aFunction,
}

/** The options that say where to listen, and those of this library that `ws` knows too. */
const ownNames: ReadonlySet<string> = new Set([
  'port',
  'host',
  'backlog',
  'server',
  'noServer',
  'path',
  'maxPayload',
  'closeTimeout',
])

/** The names of all options of the installed version of `ws`, which shows them with their defaults. */
const installedNames = (): readonly string[] => {
  const { options } = new WebSocketServer({ noServer: true, clientTracking: false })
  return Object.keys(options)
}

/** Creates the checks of the options that only `ws` uses. An option of a later version of `ws` may have any value. */
export const createWsChecks = (): OptionChecks => {
  const anything: Check = ['anything', () => true]
  const names = installedNames().filter((name) => !ownNames.has(name))
  return { ...Object.fromEntries(names.map((name) => [name, anything])), ...knownChecks }
}

/** Returns the options that are passed on to `ws`. */
export const wsOptionsOf = (options: SocketServerSettings): WsOptions => {
  const names = new Set([...Object.keys(createWsChecks()), 'maxPayload', 'closeTimeout'])
  return Object.fromEntries(Object.entries(options).filter(([name, value]) => names.has(name) && value !== undefined))
}
