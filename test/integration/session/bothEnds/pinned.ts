import type { Steps } from '../../../support/session/model/steps.js'
import type { Bounds } from './modelStore.js'

const bounds: Bounds = { window: 2, maxQueue: 4, maxOut: 6, hasRate: false, hasTerminate: false, hasStorage: false }

/** The client reconnects and resumes. */
const resume: Steps = [
  ['time', 3],
  ['newest', 0],
  ['newest', 0],
]

/** Steps that have shown a fault, or that show one when a rule is left out. */
export const pinned: [Bounds, Steps][] = [
  // A reply comes over the former socket of a handover, after the next one was given up.
  [
    bounds,
    [
      ['request', 0],
      ['handover', 0],
      ['time', 0],
      ['time', 4],
      ['upAll', 0],
      ['tell', 0],
      ['downAll', 0],
    ],
  ],
  // Several resumes, the hello before the last one comes again, or late.
  [bounds, [['cut', 0], ...resume, ['cut', 0], ...resume, ['duplicate', 0], ['upAll', 0], ['downAll', 0]]],
  [bounds, [['cut', 0], ['time', 3], ['up', 0], ['down', 0], ['abandon', 0], ...resume, ['upAll', 0], ['downAll', 0]]],
  // What an abandoned connection has sent comes after the resume.
  [bounds, [['send', 0], ['request', 0], ['abandon', 0], ...resume, ['upAll', 0], ['downAll', 0]]],
  // The window is full, the acknowledgement is late.
  [bounds, [['send', 0], ['send', 0], ['send', 0], ['upAll', 0], ['time', 2], ['cut', 4], ...resume]],
  // A server closes before it has taken all, and its client goes on with another one.
  [
    bounds,
    [
      ['send', 0],
      ['send', 0],
      ['send', 0],
      ['deploy', 1],
      ['downAll', 0],
      ['send', 0],
      ['upAll', 0],
    ],
  ],
  [bounds, [['send', 0], ['upAll', 0], ['kill', 0], ['send', 0], ...resume]],
  [bounds, [['tell', 0], ['send', 0], ['cut', 2], ['expire', 0], ...resume]],
  [bounds, [['cut', 2], ...Array.from({ length: 8 }, () => ['tell', 0] as const), ...resume]],
  // A server closes before the listener of a message has ended, and a handover is under way.
  [
    { ...bounds, maxQueue: 2 },
    [
      ['send', 0],
      ['deploy', 0],
      ['send', 0],
      ['send', 0],
      ['newest', 0],
      ['time', 54],
      ['handover', 0],
      ['tell', 0],
      ['up', 0],
      ['up', 0],
      ['down', 0],
      ['upAll', 0],
      ['time', 29],
      ['down', 0],
      ['upAll', 0],
      ['cut', 0],
      ['up', 0],
    ],
  ],
  // The app of the server closes a connection of which frames wait for their rate: what was not processed was not taken.
  [
    { ...bounds, window: 8, maxQueue: 12, hasRate: true },
    [
      ...Array.from({ length: 7 }, () => ['send', 0] as const),
      ['time', 2],
      ['upAll', 0],
      ['refuse', 0],
      ['downAll', 0],
      ['upAll', 0],
    ],
  ],
  // The first socket of a new session is lost before the protocol knew about the session before it.
  [
    bounds,
    [
      ['request', 0],
      ['kill', 0],
      ['duplicate', 0],
      ['time', 0],
      ['time', 8],
      ['down', 0],
      ['up', 0],
      ['newest', 0],
      ['connect', 0],
      ['cut', 9],
      ['tell', 0],
      ['time', 0],
      ['freezeClient', 0],
    ],
  ],
]

const stored: Bounds = { ...bounds, window: 4, hasStorage: true }
const send: Steps = [
  ['send', 0],
  ['commit', 0],
]

/** The same with a storage: a page is reloaded or killed. */
export const pinnedReloads: [Bounds, Steps][] = [
  // What the server has taken is acknowledged to the next page, although a listener still runs.
  [stored, [...send, ...send, ...send, ['upAll', 0], ['killPage', 0], ...resume, ['time', 0]]],
  // The page is killed after the write and before the frame has arrived, and the frame arrives before the next page, or after it.
  [stored, [...send, ['killPage', 0], ['upAll', 0], ...resume]],
  [stored, [...send, ['killPage', 0], ...resume, ['upAll', 0]]],
  // The page is left in order; the write of `pagehide` is done, or is not.
  [stored, [...send, ['send', 0], ['reload', 1], ...resume]],
  [stored, [...send, ['send', 0], ['reload', 0], ...resume]],
  // The session of the first page is ended twice: the answer to the first hello is lost.
  [
    stored,
    [...send, ['upAll', 0], ['killPage', 1], ['upAll', 0], ['cut', 4], ['upAll', 0], ['cut', 4], ...resume, ...resume],
  ],
  // A third page takes what the second one has not settled.
  [stored, [...send, ...send, ['killPage', 1], ['upAll', 0], ['send', 0], ['killPage', 1], ...resume, ['reload', 2]]],
  // The server is gone when the next page comes: what has a number is in doubt, what waits is sent.
  [stored, [...send, ['upAll', 0], ['send', 0], ['kill', 0], ['killPage', 2], ...resume]],
]
