import { monotonicNow } from '../internal/clock.js'
import { endHub } from './ending.js'
import { replaceHolder, handleAsFollower, watchHolder } from './follower.js'
import { holdConnection, handleAsHolder } from './holder.js'
import { postNote, type Hub, type HubOptions, type Tab } from './hub.js'
import { holderGone, type Note } from './notes.js'
import { reportPassed } from './progress.js'

const handleNote = (hub: Hub, note: Note): void => {
  if (hub.state === 'over') return
  if (note.t === 'echo') {
    if (note.from === hub.tab.id) hub.onEcho()
  } else if (hub.state === 'holding') handleAsHolder(hub, note)
  else handleAsFollower(hub, note)
}

const onLock = (hub: Hub): Promise<void> | undefined => {
  if (hub.state === 'following') return replaceHolder(hub)
  return hub.state === 'waiting' ? holdConnection(hub) : undefined
}

/** Joins the connection of this key, or opens it. */
export const createHub = (tab: Tab, key: string, url: string, protocols: string[], options: HubOptions): Hub => {
  const { platform } = tab
  const hub: Hub = {
    tab,
    key,
    url,
    protocols,
    options,
    channel: platform.createChannel(key),
    abort: new AbortController(),
    nextTask: platform.createMessageChannel(),
    ports: new Set(),
    state: 'waiting',
    isOpen: false,
    protocol: '',
    extensions: '',
    epoch: 0,
    lastSignAt: monotonicNow(),
    cancelTimer: () => {},
    release: () => {},
    onEcho: () => {},
    sentBytes: 0,
    passedBytes: 0,
    confirmedBytes: 0,
    writtenBytes: 0,
    queue: [],
    unconfirmed: {},
    isPolling: false,
  }
  hub.channel.onmessage = ({ data }: MessageEvent<Note>) => handleNote(hub, data)
  hub.nextTask.port2.onmessage = () => reportPassed(hub)
  platform.locks
    .request(key, { signal: hub.abort.signal }, () => onLock(hub))
    // Our own abort, or another tab has taken the lock because this one did not answer.
    .catch(() => endHub(hub, holderGone, false))
  postNote(hub, { t: 'hello' })
  watchHolder(hub)
  return hub
}
