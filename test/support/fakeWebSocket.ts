import {
  createFakeServer,
  FakeConnection,
  FakeWebSocket,
  type AttemptMode,
  type FakeServer,
  type FakeServerOptions,
} from '../../src/testing/index.js'

// The fake server of `reduplex/testing`, also under the names that older tests use.

export { FakeWebSocket }

type OldMode = AttemptMode | 'manual'

export interface FakeNetworkOptions extends Omit<FakeServerOptions, 'mode'> {
  /** @default 'manual' */
  mode?: OldMode
}

/** A connection. */
export interface FakePeer extends FakeConnection {
  /** `socket` */
  readonly client: FakeWebSocket
  /** `receivedRaw` */
  readonly sent: FakeConnection['receivedRaw']
  /** `onReceived` */
  onSent: FakeConnection['onReceived']
  /** `sendRaw` */
  readonly receive: FakeConnection['sendRaw']
  /** `cut` */
  readonly drop: FakeConnection['cut']
  /** `close` */
  readonly serverClose: FakeConnection['close']
}

type Kept = 'live' | 'mostLive' | 'halfOpen' | 'lateDelivery' | 'slow' | 'received'

/** A server. */
export interface FakeNetwork extends Pick<FakeServer, Kept> {
  readonly WebSocket: typeof WebSocket
  readonly connections: readonly FakePeer[]
  readonly last: FakePeer
  mode: OldMode
  onAttempt: ((peer: FakePeer) => void) | null
  readonly nextAttempt: () => Promise<FakePeer>
  /** `connections` */
  readonly sockets: readonly FakePeer[]
  /** `onAttempt` */
  onSocket: ((peer: FakePeer) => void) | null
  /** `nextAttempt` */
  readonly nextSocket: () => Promise<FakePeer>
}

/** Makes a member available under another name. */
const alias = (target: object, oldName: string, name: string): void => {
  Object.defineProperty(target, oldName, {
    configurable: true,
    get(this: object) {
      return Reflect.get(this, name) as unknown
    },
    set(this: object, value: unknown) {
      Reflect.set(this, name, value)
    },
  })
}

const { prototype } = FakeConnection
alias(prototype, 'client', 'socket')
alias(prototype, 'sent', 'receivedRaw')
alias(prototype, 'onSent', 'onReceived')
alias(prototype, 'receive', 'sendRaw')
alias(prototype, 'drop', 'cut')
alias(prototype, 'serverClose', 'close')

/** Creates a fake server whose attempts wait, unless a mode is given. */
export const createFakeNetwork = ({ mode = 'manual', ...options }: FakeNetworkOptions = {}): FakeNetwork => {
  const server = createFakeServer({ ...options, mode: mode === 'manual' ? 'hold' : mode })
  alias(server, 'sockets', 'connections')
  alias(server, 'onSocket', 'onAttempt')
  alias(server, 'nextSocket', 'nextAttempt')
  return server as object as FakeNetwork
}
