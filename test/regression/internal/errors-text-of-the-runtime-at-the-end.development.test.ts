import { expect, it } from '@jest/globals'
import { detailsOf } from '../../../src/internal/errors.js'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { setupConnection } from '../../support/setupConnection.js'

// A sentence that ends in a text of the runtime read "reported an error: ." or "code..".

useFakeTime()

const noDetails = 'the runtime gives no details'

it.each([
  [new Error('Received network error or non-101 status code.'), 'Received network error or non-101 status code'],
  [new Error('Unexpected server response: 404'), 'Unexpected server response: 404'],
  [new Error(''), noDetails],
  ['', noDetails],
  [' . ', noDetails],
  [undefined, noDetails],
  [null, noDetails],
  [new AggregateError([new Error('connect ECONNREFUSED ::1:1'), new Error('b')]), 'connect ECONNREFUSED ::1:1'],
  [new AggregateError([], 'none'), 'none'],
])('the details of an error end without a full stop, %#', (thrown, expected) => {
  expect(detailsOf(thrown)).toBe(expected)
})

it('connection_failed names the address without its secrets', async () => {
  const connection = setupConnection({ address: { url: 'ws://me:secret@server.test/ws?token=secret' } })
  connection.connect()
  await advanceTime(1)
  connection.network.last.refuse()
  await advanceTime(1)
  expect(connection.eventsOf('error')).toEqual([
    expect.objectContaining({ message: `Connecting to ws://server.test/ws?… failed: ${noDetails}.` }),
  ])
})

it('connection_error says that the runtime gives no details', async () => {
  const connection = setupConnection()
  connection.connect()
  await advanceTime(1)
  connection.network.last.accept()
  await advanceTime(1)
  connection.network.last.fail()
  await advanceTime(1)
  expect(connection.eventsOf('error')).toEqual([
    expect.objectContaining({ message: `The WebSocket reported an error: ${noDetails}.` }),
  ])
})
