import { describe, expect, it } from '@jest/globals'
import { createPendingAdmissions } from '../../../src/server/operations/pendingAdmissions.js'

const admitted = (userId: string | undefined) => ({
  user: {},
  identity: { userId, expiresAt: Infinity, owner: '' },
  params: {},
})

describe('createPendingAdmissions', () => {
  it('refuses an admission that began before the disconnect of its user, with the last code', () => {
    const admissions = createPendingAdmissions()
    const endOne = admissions.begin()
    const endTwo = admissions.begin()
    admissions.disconnect('ada', { code: 4401, reason: 'first' })
    admissions.disconnect('ada', { code: 4403, reason: 'x'.repeat(200) })
    expect(endOne(admitted('ada'))).toEqual({ code: 4403, reason: 'x'.repeat(123) })
    expect(endTwo(admitted('ada'))).toMatchObject({ code: 4403 })
  })

  it('returns the decision about any other client', () => {
    const admissions = createPendingAdmissions()
    const ends = [admissions.begin(), admissions.begin(), admissions.begin()]
    admissions.disconnect('ada', { code: 4403, reason: '' })
    ends.push(admissions.begin())
    const decisions = [admitted('bob'), admitted(undefined), { code: 4400, reason: 'bad' }, admitted('ada')]
    for (const [index, decision] of decisions.entries()) expect(ends[index]!(decision)).toBe(decision)
  })

  it('keeps a disconnect as long as an admission that began before it is under way', () => {
    const admissions = createPendingAdmissions()
    const endSlow = admissions.begin()
    admissions.disconnect('ada', { code: 4403, reason: '' })
    for (const user of ['bob', 'cid']) {
      const end = admissions.begin()
      admissions.disconnect(user, { code: 4403, reason: '' })
      end(admitted('dan'))
    }
    expect(endSlow(admitted('ada'))).toEqual({ code: 4403, reason: '' })
    expect(admissions.begin()(admitted('ada'))).toMatchObject({ user: {} })
  })
})
