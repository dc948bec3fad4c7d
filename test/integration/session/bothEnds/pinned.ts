import type { Steps } from '../../../support/session/model/steps.js'
import type { Bounds } from './modelStore.js'

const bounds: Bounds = { window: 2, maxQueue: 4, maxOut: 6, hasRate: false, hasTerminate: false }

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
