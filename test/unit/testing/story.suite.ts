import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { tellReconnect } from './story.js'

/** The story on real timers and on those of jest. */
export const describeStory = (environment: string): void => {
  describe(`a reconnect in ${environment}`, () => {
    afterEach(() => void jest.useRealTimers())

    it('is told with real timers', async () => {
      expect(await tellReconnect()).toEqual(['welcome', 'still there?'])
    })

    it('is told with the fake timers of jest', async () => {
      jest.useFakeTimers()
      expect(await tellReconnect()).toEqual(['welcome', 'still there?'])
    })
  })
}
