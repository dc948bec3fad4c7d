import { createBinaryTable, createEvictions, type BinaryTable } from '../middleware/binary.js'
import type { ConnectionContext, Feature } from '../middleware/feature.js'
import * as order from '../middleware/order.js'
import { toPlain } from '../middleware/plain.js'
import type { Bytes } from '../middleware/plainData.js'

/** Received bytes outside the store. */
export interface BinaryExtension {
  /** Received bytes by the id of their handle; `undefined` once they have been released or replaced by newer ones. */
  readonly readBinary: (id: string) => Bytes | undefined
  /** Releases the bytes. Unknown ids are ignored. */
  readonly releaseBinary: (id: string) => void
  /** An object URL of the bytes, the same one each time, revoked when they go. */
  readonly binaryUrl: (id: string, type?: string) => string | undefined
}

const bytesOf = ({ connection, hooks, options, taskQueue }: ConnectionContext) => {
  const { events } = connection
  // One action a message would double the traffic of a stream of bytes.
  const { note, flush } = createEvictions((ids) => taskQueue.enqueue(() => events.emit('released', { ids })))
  const table: BinaryTable = createBinaryTable(options.binary ?? {}, note)
  hooks.attach(order.binary, {
    onDispose: () => {
      table.clear()
      flush()
    },
  })
  return table
}

/** Keeps received bytes outside the store, each under the id of its handle. */
export const binaryFeature: Feature<'binary', BinaryExtension> = {
  options: ['binary'],
  order: order.binary,
  pipeline: (_base, { part }) => ({ toPlain, keepBytes: part(bytesOf).keep }),
  extend: (connections) => {
    const find = <Found>(look: (table: BinaryTable) => Found | undefined): Found | undefined => {
      for (const { part } of connections()) {
        const found = look(part(bytesOf))
        if (found !== undefined) return found
      }
      return undefined
    }
    return {
      readBinary: (id) => find((table) => table.read(id)),
      releaseBinary: (id) => void find((table) => table.release(id)),
      binaryUrl: (id, type) => find((table) => table.url(id, type)),
    }
  },
}
