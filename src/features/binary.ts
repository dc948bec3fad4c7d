import { after, FRAME_MS, type Cancel } from '../internal/clock.js'
import { aCount } from '../internal/optionChecks.js'
import { anObject, checkGroup, checkMembers } from '../middleware/checkOptions.js'
import type { ConnectionContext, Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { toPlain } from '../middleware/plain.js'
import type { Bytes } from '../middleware/binarySize.js'
import { createBinaryTable, type BinaryTable } from './binaryTable.js'

/** What the instance gains: received bytes outside the store. */
export interface BinaryExtension {
  /** Received bytes by the id of their handle; `undefined` once they are released. */
  readonly readBinary: (id: string) => Bytes | undefined
  /** Releases the bytes. Unknown ids are ignored. */
  readonly releaseBinary: (id: string) => void
  /** An object URL of the bytes, the same one each time. It is revoked when they are released. */
  readonly binaryUrl: (id: string, type?: string) => string | undefined
}

/** Collects the ids of evicted bytes and reports them together, at most once every 16 ms: one action a message would double the traffic. */
const createEvictions = (report: (ids: readonly string[]) => void) => {
  const ids: string[] = []
  let cancel: Cancel = () => {}
  const flush = () => {
    cancel()
    if (ids.length) report(ids.splice(0))
  }
  return {
    flush,
    note: (evicted: readonly string[]) => {
      if (!ids.length) cancel = after(FRAME_MS, flush)
      ids.push(...evicted)
    },
  }
}

const tableOf = ({ connection, hooks, options, taskQueue }: ConnectionContext): BinaryTable => {
  const { note, flush } = createEvictions((ids) => taskQueue.enqueue(() => connection.events.emit('released', { ids })))
  const table = createBinaryTable(options.binary ?? {}, note)
  hooks.attach(order.binary, {
    onDispose: () => {
      table.clear()
      flush()
    },
  })
  return table
}

/** Keeps received bytes outside the store; actions carry their handle. See docs/messages.md. */
export const binaryFeature: Feature<'binary', BinaryExtension> = {
  options: ['binary'],
  order: order.binary,
  check: __DEV__
    ? ({ binary }) => {
        checkMembers({ binary }, { binary: anObject })
        checkGroup('binary', binary, { maxBytes: aCount, maxCount: aCount })
      }
    : undefined,
  pipeline: (_base, { part }) => ({ toPlain, keepBytes: part(tableOf).keep }),
  extend: (connections) => {
    // An id is in one table at most.
    const find = <Found>(look: (table: BinaryTable) => Found | undefined): Found | undefined =>
      Array.from(connections(), ({ part }) => look(part(tableOf))).find(Boolean)
    return {
      readBinary: (id) => find((table) => table.read(id)),
      releaseBinary: (id) => find((table) => table.release(id)),
      binaryUrl: (id, type) => find((table) => table.url(id, type)),
    }
  },
}
