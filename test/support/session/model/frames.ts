// What goes over a link of the model: control frames as objects, and counted frames as `message`.

/** A control frame; its members are those of docs/protocol.md, but for `window`, which counts messages only. */
export interface Control {
  readonly control: 'hello' | 'welcome' | 'ack' | 'bye'
  readonly key?: string | undefined
  readonly id?: string
  readonly turn?: number
  readonly received?: number
  readonly acked?: number | undefined
  readonly sent?: number
  readonly resumed?: boolean
  readonly kept?: boolean
  readonly window?: number
}

/** A frame of the model. `close` is the close frame of the server. */
export type ModelFrame = Control | { readonly message: string } | { readonly close: number }

/** One WebSocket over one TCP connection: in order, and all that is under way is lost when it is cut. */
export interface ModelLink {
  readonly owner: string
  readonly up: ModelFrame[]
  readonly down: ModelFrame[]
  /** Whether the client has left it: with a close frame, or without. */
  clientGone: false | 'closed' | 'cut'
  serverGone: boolean
  isClosing: boolean
  hasGreeted: boolean
  readonly isOver: () => boolean
  readonly sendUp: (frame: ModelFrame) => void
  readonly sendDown: (frame: ModelFrame) => void
  readonly closeByClient: () => void
  readonly closeByServer: (code: number) => void
}

/** Rules that a test leaves out, to see the model fail. */
export type Broken = Readonly<
  Partial<
    Record<
      // Of the client.
      | 'dropNumbered'
      | 'requeueOnLost'
      | 'readOldSocket'
      | 'ignoreRoom'
      | 'sameTurn'
      | 'forgetReturned'
      | 'countTwice'
      // Of the server.
      | 'readDetachedSocket'
      | 'resendFromHandled'
      | 'trimOldest'
      | 'takeAfterBye'
      | 'noTurn'
      | 'keepOrphans',
      boolean
    >
  >
>

/** Creates a link. Who closes it still gets what was under way; who has left without a word is noticed later, or never. */
export const createLink = (owner: string): ModelLink => {
  const link: ModelLink = {
    owner,
    up: [],
    down: [],
    clientGone: false,
    serverGone: false,
    isClosing: false,
    hasGreeted: false,
    isOver: () => link.serverGone || link.isClosing || link.clientGone === 'cut',
    sendUp: (frame) => void (link.clientGone || link.up.push(frame)),
    sendDown: (frame) => void (link.serverGone || link.isClosing || link.down.push(frame)),
    closeByClient: () => void (link.clientGone ||= 'closed'),
    closeByServer: (code) => {
      link.sendDown({ close: code })
      link.isClosing = true
    },
  }
  return link
}
