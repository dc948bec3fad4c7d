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
        <Fact name="Last error" value={socket.error && `${socket.error.code}: ${socket.error.message}`} />
      </dl>
      <QueueMeter connection={connection} />
    </section>
  )
}

/** A url that breaks before its path rather than within a word. */
function Address({ url }: { readonly url: string }) {
  const [, origin, path] = /^(\w+:\/\/[^/]*)(.*)$/.exec(url) ?? ['', url]
  return (
    <>
      {origin}
      <wbr />
      {path}
    </>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value || <span className="nothing">none</span>}</dd>
    </div>
  )
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
  if (!lastClose) return <Fact name="Last close" value={null} />
  const { code, reason, wasClean, cause, at } = lastClose
  const parts = [
    code === null ? `no close code, abandoned: ${cause ?? 'unknown'}` : `${code}, ${closeCodeMeaning(code)}`,
    reason && `“${reason}”`,
    wasClean ? 'clean' : 'not clean',
    formatTime(at),
  ]
  return <Fact name="Last close" value={parts.filter(Boolean).join(' · ')} />
}
