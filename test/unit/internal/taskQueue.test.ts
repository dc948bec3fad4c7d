import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createTaskQueue } from '../../../src/internal/taskQueue.js'

describe('turns', () => {
  it('serve at once what comes while nothing is under way', () => {
    const taskQueue = createTaskQueue()
    const order: string[] = []
    taskQueue.enqueue(() => order.push('first'))
    order.push('after it')
    expect(order).toEqual(['first', 'after it'])
  })

  it('serve what is asked for inside a task after that task, in order', () => {
    const taskQueue = createTaskQueue()
    const order: string[] = []
    taskQueue.enqueue(() => {
      taskQueue.enqueue(() => {
        order.push('second')
        taskQueue.enqueue(() => order.push('fourth'))
      })
      taskQueue.enqueue(() => order.push('third'))
      order.push('first')
    })
    expect(order).toEqual(['first', 'second', 'third', 'fourth'])
  })

  it('let `now` go first: inside a task, and with what it queues kept for the end', () => {
    const taskQueue = createTaskQueue()
    const order: string[] = []
    taskQueue.enqueue(() => {
      taskQueue.enqueue(() => order.push('queued before'))
      const result = taskQueue.run(() => {
        taskQueue.enqueue(() => order.push('queued inside'))
        order.push('now')
        return 'a result'
      })
      order.push(result)
    })
    expect(order).toEqual(['now', 'a result', 'queued before', 'queued inside'])
  })

  it('serve what `now` queued before it returns, when it was the outermost', () => {
    const taskQueue = createTaskQueue()
    const order: string[] = []
    order.push(
      taskQueue.run(() => {
        taskQueue.enqueue(() => order.push('queued'))
        order.push('now')
        return 'returned'
      }),
    )
    expect(order).toEqual(['now', 'queued', 'returned'])
  })

  it('go on after a `now` that throws: what it queued is served, the error is the caller’s', () => {
    const taskQueue = createTaskQueue()
    const order: string[] = []
    expect(() =>
      taskQueue.run(() => {
        taskQueue.enqueue(() => order.push('queued'))
        throw new Error('slip')
      }),
    ).toThrow('slip')
    taskQueue.enqueue(() => order.push('later'))
    expect(order).toEqual(['queued', 'later'])
  })

  it('take any number of tasks without growing the stack', () => {
    const taskQueue = createTaskQueue()
    let count = 0
    const again = () => {
      if (++count < 100_000) taskQueue.enqueue(again)
    }
    taskQueue.enqueue(again)
    expect(count).toBe(100_000)
  })

  it('run every task exactly once, never inside another, those of one task in order', () => {
    interface Task {
      readonly kind: 'queue' | 'now'
      readonly children: readonly Task[]
    }
    const task = fc.memo((depth): fc.Arbitrary<Task> =>
      fc.record({
        kind: fc.constantFrom('queue' as const, 'now' as const),
        children: depth > 1 ? fc.array(task(), { maxLength: 3 }) : fc.constant([]),
      }),
    )
    fc.assert(
      fc.property(fc.array(task(4), { maxLength: 4 }), (roots) => {
        const taskQueue = createTaskQueue()
        let asked = 0
        let ran = 0
        let depth = 0
        let deepest = 0
        const run = ({ kind, children }: Task) => {
          asked++
          taskQueue[kind === 'queue' ? 'enqueue' : 'run'](() => {
            ran++
            if (kind === 'queue') deepest = Math.max(deepest, ++depth)
            for (const child of children) run(child)
            if (kind === 'queue') depth--
          })
        }
        for (const root of roots) {
          run(root)
          expect(ran).toBe(asked)
          expect(deepest).toBeLessThanOrEqual(1)
        }
      }),
    )
  })
})
