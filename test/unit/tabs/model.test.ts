import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { advanceTime, useFakeTime } from '../../support/fakeTime.js'
import { openSocket, type RecordedSocket } from '../../support/tabs/tabSocket.js'
import { createTabWorld, type WorldTab } from '../../support/tabs/tabWorld.js'

useFakeTime({ performance: true })

const steps = [
  'open',
  'close',
  'pagehide',
  'freeze',
  'wake',
  'crash',
  'stick',
  'unstick',
  'push',
  'send',
  'cut',
  'end',
  'kill',
  'wait',
] as const
type Step = (typeof steps)[number]

interface Page {
  readonly tab: WorldTab
  readonly sockets: RecordedSocket[]
  isAsleep: boolean
}

/** Random, but the same for the same seed. */
const createRandom = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

/** Plays steps. Returns what is wrong, once with everything that happened on the way and once at the end. */
const play = async (seed: number, script: readonly (readonly [Step, number])[]) => {
  const random = createRandom(seed)
  const world = createTabWorld(() => 1 + random(8))
  const { server } = world
  const pages: Page[] = []
  let count = 0
  let isOver = false
  const alive = () => pages.filter(({ tab }) => !tab.isGone)
  const connect = (page: Page): void => {
    const recorded = openSocket(page.tab)
    page.sockets.push(recorded)
    recorded.socket.addEventListener('close', () => {
      if (!page.tab.isGone && !isOver) setTimeout(() => connect(page), random(50))
    })
  }
  const openPage = (): void => {
    const page: Page = { tab: world.open({ patience: 2_000 }), sockets: [], isAsleep: false }
    pages.push(page)
    connect(page)
  }
  const sleep = (page: Page, type: 'pagehide' | 'freeze') => {
    page.isAsleep = true
    page.tab.emit(type)
  }
  const wake = (page: Page) => {
    page.isAsleep = false
    page.tab.emit('resume')
  }
  const acts: Readonly<Record<Step, (page: Page) => void>> = {
    open: openPage,
    close: ({ sockets }) => sockets.at(-1)?.socket.close(4_000, 'app'),
    pagehide: (page) => sleep(page, 'pagehide'),
    freeze: (page) => sleep(page, 'freeze'),
    wake,
    crash: ({ tab }) => tab.crash(),
    stick: ({ tab }) => tab.stick(),
    unstick: ({ tab }) => tab.unstick(),
    push: () => {
      for (const connection of server.connections) if (connection.isOpen) connection.sendRaw(`p${count++}`)
    },
    send: ({ sockets }) => {
      const socket = sockets.at(-1)?.socket
      if (socket?.readyState === 1) socket.send(`s${pages.findIndex((page) => page.sockets === sockets)}:${count++}`)
    },
    cut: () => server.connections.at(-1)?.cut(),
    end: () => server.connections.at(-1)?.close(4_001, 'server'),
    kill: ({ sockets }) => sockets.at(-1)?.socket.kill?.(),
    wait: () => {},
  }
  openPage()
  openPage()
  for (const [step, n] of script) {
    const page = alive()[n % Math.max(1, alive().length)]
    if (page && alive().length < 7) acts[step](page)
    await advanceTime(step === 'wait' ? n * 10 : n % 20)
  }
  for (const page of alive()) {
    page.tab.unstick()
    if (page.isAsleep) wake(page)
  }
  await advanceTime(15_000)
  const last = alive().map(({ sockets }) => sockets.at(-1)?.events.slice())
  const { live } = server
  isOver = true
  world.dispose()
  await advanceTime(100)
  return { server, pages, last, live }
}

const numberOf = (message: unknown): number => Number(String(message).replace(/^.*[a-z:]/, ''))
const isRising = (numbers: readonly number[]): boolean =>
  numbers.every((n, index) => index === 0 || n > numbers[index - 1]!)

describe('tabs that come, go, crash, freeze and get stuck, over slow channels', () => {
  it('get each message once and in order, send each once, and end with one connection', async () => {
    const step = fc.tuple(fc.constantFrom(...steps), fc.nat(40))
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 30), fc.array(step, { maxLength: 40 }), async (seed, script) => {
        const { last, live, pages, server } = await play(seed, script)
        for (const { sockets } of pages) {
          for (const { messages, events } of sockets) {
            expect(isRising(messages.map(numberOf))).toBe(true)
            expect(events.filter((event) => event === 'open').length).toBeLessThanOrEqual(1)
            expect(events.filter((event) => event.startsWith('close')).length).toBeLessThanOrEqual(1)
          }
          expect(isRising(sockets.flatMap(({ messages }) => messages.map(numberOf)))).toBe(true)
        }
        const sends = server.connections.flatMap(({ receivedRaw }) => receivedRaw.map(String))
        expect(new Set(sends).size).toBe(sends.length)
        for (const { receivedRaw } of server.connections) {
          const byTab = new Map<string, number[]>()
          for (const text of receivedRaw.map(String)) {
            const [tab = ''] = text.split(':')
            byTab.set(tab, [...(byTab.get(tab) ?? []), numberOf(text)])
          }
          for (const numbers of byTab.values()) expect(isRising(numbers)).toBe(true)
        }
        expect(live).toBe(last.length ? 1 : live)
        for (const events of last) expect(events).toEqual(['open'])
      }),
      { numRuns: 400 },
    )
  })

  it('have no gap in what a socket gets while it is open', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2 ** 30),
        fc.array(fc.tuple(fc.constantFrom('open', 'close', 'push', 'pagehide', 'wake', 'wait'), fc.nat(40)), {
          maxLength: 40,
        }),
        async (seed, script) => {
          const { pages } = await play(seed, script)
          for (const { sockets } of pages) {
            for (const { messages } of sockets) {
              const numbers = messages.map(numberOf)
              // Numbers are shared with no other traffic here, and one connection at a time is open.
              expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index))
            }
          }
        },
      ),
      { numRuns: 150 },
    )
  })
})
