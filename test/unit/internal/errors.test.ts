import { describe, expect, it, jest } from '@jest/globals'
import { isSocketFailure, SocketFailure } from '../../../src/internal/errors.js'

describe('isSocketFailure', () => {
  it('recognizes a SocketFailure and an instance of a subclass', () => {
    class SignedOut extends SocketFailure {}
    expect(isSocketFailure(new SocketFailure('signed out'))).toBe(true)
    expect(isSocketFailure(new SignedOut('signed out'))).toBe(true)
  })

  it('recognizes a SocketFailure of another copy of the package', () => {
    let Other = SocketFailure
    jest.isolateModules(() => {
      // oxlint-disable-next-line typescript/no-require-imports -- a second copy of the module
      Other = (require('../../../src/internal/errors.js') as { SocketFailure: typeof SocketFailure }).SocketFailure
    })
    const error = new Other('signed out')
    expect(error).not.toBeInstanceOf(SocketFailure)
    expect(isSocketFailure(error)).toBe(true)
  })

  it.each([
    undefined,
    null,
    'socket_failure',
    new Error('socket_failure'),
    Object.assign(new Error('the code alone'), { code: 'socket_failure' }),
    Object.assign(new Error('the name alone'), { name: 'SocketFailure' }),
  ])('rejects %p', (error) => {
    expect(isSocketFailure(error)).toBe(false)
  })
})
