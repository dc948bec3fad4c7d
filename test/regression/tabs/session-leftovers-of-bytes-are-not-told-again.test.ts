import { expect, it } from '@jest/globals'
import { postLeftovers } from '../../../src/tabs/session/leftovers.js'

// The lists were compared as JSON, in which every ArrayBuffer is `{}`.

it('a change between two lists of bytes of the same length is posted', () => {
  const posts: unknown[] = []
  const toBytes = (text: string) => new TextEncoder().encode(text).buffer
  const state = { epoch: 1 }
  let frames: (string | ArrayBuffer)[] = [toBytes('unsubscribe 1')]
  const members = new Set([{ key: 'k', saysBye: false, posted: [], leftovers: () => frames }])
  const channel = { postMessage: (note: unknown) => posts.push(note) }
  const session = { members, name: 'n', state, posted: [], channel } as never
  postLeftovers(session)
  frames = [toBytes('unsubscribe 2')]
  postLeftovers(session)
  expect(posts).toHaveLength(2)
  frames = ['text']
  postLeftovers(session)
  postLeftovers(session)
  expect(posts).toHaveLength(3)
})
