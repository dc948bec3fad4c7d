import type { ReactNode } from 'react'
import { selectSocket, type SocketState } from '../../../src/index.js'
import { closeCodeMeaning } from '../closeCodes.js'
import { describeStatus } from '../describeStatus.js'
import { formatAge, formatTime } from '../format.js'
import { useAppSelector, useNow } from '../hooks.js'
import { Countdown } from './Countdown.js'
import { QueueMeter } from './QueueMeter.js'

/** @param connection the name of a connection. @default the default connection */
export function StatusPanel({ connection }: { readonly connection?: string }) {
  const socket = useAppSelector((state) => selectSocket(state, connection))
  const since = sinceOf(socket)
  return (
    <section className={`panel status status-${socket.status}`} aria-label="Status">
      <div className="status-now">
        <span className="status-dot" aria-hidden="true" />
        {/* Screen readers announce the phrase only, not the countdown, which changes ten times a second. */}
        <p role="status" aria-label="Connection status" className="status-phrase">
          {describeStatus(socket)}
        </p>
        {socket.status === 'reconnecting' && <Countdown key={socket.retryAt} retryAt={socket.retryAt} />}
      </div>
      <dl className="facts">
        <Fact name="Address" value={socket.url && <Address url={socket.url} />} />
        <Fact name="Subprotocol" value={socket.protocol === '' ? null : socket.protocol} />
        <Fact name="Since" value={since !== null && <Age key={since} since={since} />} />
        <Fact name="Retries" value={socket.attempt === 0 ? null : String(socket.attempt)} />
        <LastClose socket={socket} />
        <TextFact name="Last error" text={socket.error && `${socket.error.code}: ${socket.error.message}`} />
      </dl>
      <QueueMeter connection={connection} />
    </section>
  )
}

/** A url that breaks before its port or its path rather than within them. */
function Address({ url }: { readonly url: string }) {
  const [, host, port, path] = /^(\w+:\/\/[^/]*?)(:\d+)?(\/.*)?$/.exec(url) ?? ['', url]
  return (
    <>
      {host}
      <wbr />
      <span className="port">{port}</span>
      <wbr />
      {path}
    </>
  )
}

interface FactProps {
  readonly name: string
  readonly value: ReactNode
  /** The whole value, for a pointer that rests on it. */
  readonly title?: string | undefined
}

function Fact({ name, value, title }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={title}>{value || <span className="nothing">none</span>}</dd>
    </div>
  )
}

/** A text that may be longer than two lines. */
function TextFact({ name, text }: { readonly name: string; readonly text: string | null }) {
  return <Fact name={name} value={text} title={text ?? undefined} />
}

/** The time since which the connection is open or closed; `null` for other states. */
function sinceOf({ status, openedAt, lastClose }: SocketState): number | null {
  if (status === 'open') return openedAt
  return status === 'closed' || status === 'reconnecting' || status === 'failed' ? (lastClose?.at ?? null) : null
}

function Age({ since }: { readonly since: number }) {
  const now = useNow(1000)
  return (
    <>
      {formatTime(since)} ({formatAge(now - since)})
    </>
  )
}

function LastClose({ socket: { lastClose } }: { readonly socket: SocketState }) {
  if (!lastClose) return <TextFact name="Last close" text={null} />
  const { code, reason, wasClean, cause, at } = lastClose
  const parts = [
    code === null ? `no close code, abandoned: ${cause ?? 'unknown'}` : `${code}, ${closeCodeMeaning(code)}`,
    reason && `“${reason}”`,
    wasClean ? 'clean' : 'not clean',
    formatTime(at),
  ]
  return <TextFact name="Last close" text={parts.filter(Boolean).join(' · ')} />
}
