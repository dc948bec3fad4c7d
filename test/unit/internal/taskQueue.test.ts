import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { createTaskQueue } from '../../../src/internal/taskQueue.js'

describe('a task queue', () => {
  it('runs a task at once while nothing is under way', () => {
    const taskQueue = createTaskQueue()
    const order: string[] = []
    taskQueue.enqueue(() => order.push('first'))
    order.push('after it')
    expect(order).toEqual(['first', 'after it'])
  })

  it('runs a task that is enqueued inside a task after that task, in order', () => {
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

  it('runs a task of `run` at once inside a task, and what it enqueues at the end', () => {
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

  it('runs what the outermost `run` enqueued before that returns', () => {
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

  it('continues after a `run` that throws: what it enqueued runs, and the error goes to the caller', () => {
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

  it('runs any number of tasks without growing the stack', () => {
    const taskQueue = createTaskQueue()
    let count = 0
    const again = () => {
      if (++count < 100_000) taskQueue.enqueue(again)
    }
    taskQueue.enqueue(again)
    expect(count).toBe(100_000)
  })

  it('runs every task exactly once, never inside another, those of one task in order', () => {
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
        let enqueued = 0
        let ran = 0
        let depth = 0
        let deepest = 0
        const run = ({ kind, children }: Task) => {
          enqueued++
          taskQueue[kind === 'queue' ? 'enqueue' : 'run'](() => {
            ran++
            if (kind === 'queue') deepest = Math.max(deepest, ++depth)
            for (const child of children) run(child)
            if (kind === 'queue') depth--
          })
        }
        for (const root of roots) {
          run(root)
          expect(ran).toBe(enqueued)
          expect(deepest).toBeLessThanOrEqual(1)
        }
      }),
    )
  })
})
