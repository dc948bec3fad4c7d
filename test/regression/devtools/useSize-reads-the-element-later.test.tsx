/** @jest-environment ./test/env/dom.cjs */
import { afterEach, describe, expect, it, jest } from '@jest/globals'
import { useRef } from 'react'
import { useSize } from '../../../src/devtools/panel/useSize.js'
import { happens, mount, unmountAll } from '../../support/reactApp.js'

afterEach(unmountAll)

const Measured = () => {
  const frame = useRef<HTMLDivElement>(null)
  return <div ref={frame}>{useSize(frame).join(' × ')}</div>
}

describe('useSize', () => {
  it('takes the size that the element has when the observer reports it, not when React renders', async () => {
    let report = (): void => {}
    Object.assign(window, {
      ResizeObserver: class {
        constructor(callback: () => void) {
          report = callback
        }
        observe() {}
        disconnect() {}
      },
    })
    let width = 1
    jest.spyOn(Element.prototype, 'clientWidth', 'get').mockImplementation(() => width)
    const app = await mount(undefined, <Measured />)
    expect(app.text()).toBe('1 × 0')
    await happens(() => {
      for (width = 2; width < 4; width++) report()
      width = 999
    })
    expect(app.text()).toBe('3 × 0')
    await unmountAll()
    // It was under way.
    expect(report).not.toThrow()
  })
})
