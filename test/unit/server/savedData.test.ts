import { describe, expect, it } from '@jest/globals'
import type { InternalConnection } from '../../../src/server/connection/serverConnection.js'
import { readSavedData, toSavedData } from '../../../src/server/session/savedData.js'

const connect = (data: unknown) => {
  const reports: (readonly string[])[] = []
  const report = (code: string, message: string) => void reports.push([code, message])
  return { reports, connection: { view: { data }, report } as unknown as InternalConnection }
}

describe('connection.data in a store', () => {
  it('is the same after it was read again', () => {
    const { connection, reports } = connect({ room: 7, name: 'Grüße' })
    expect(readSavedData(toSavedData(connection))).toEqual({ room: 7, name: 'Grüße' })
    expect(reports).toEqual([])
  })

  it('is an empty object, and is reported, when it is too large or no JSON', () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    for (const data of [{ text: 'é'.repeat(9000) }, circular]) {
      const { connection, reports } = connect(data)
      expect(toSavedData(connection)).toBe('{}')
      expect(reports).toMatchObject([
        ['session_data', expect.stringMatching(/^"connection\.data" is not saved: expected /)],
      ])
    }
  })

  it('is nothing when the store has something else', () => {
    expect([readSavedData('[1]'), readSavedData('{'), readSavedData('null')]).toEqual([undefined, undefined, undefined])
  })
})
