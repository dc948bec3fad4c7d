import { releaseWaits } from './waiting.js'

// What a test has set up and has not closed. One list for the whole file of tests, as the runner's hooks are global too.

interface Tracked {
  /** The test that set it up, where the runner says its name. */
  readonly test: string | undefined
  /** Describes what is open. */
  readonly findOpen: () => readonly string[]
  /** Removes what would outlive the test. */
  readonly release: (() => void) | undefined
}

interface RunnerGlobals {
  readonly beforeEach?: (hook: () => void) => void
  readonly afterAll?: (hook: () => void) => void
  readonly expect?: { readonly getState?: () => { readonly currentTestName?: string } }
}

/** What `afterEach` of node:test and vitest pass to the hook. */
export interface TestHookContext {
  /** The name of the test, in node:test. */
  readonly name?: string
  /** The test, in vitest. */
  readonly task?: { readonly name?: string }
}

const tracked = new Set<Tracked>()

const runner = globalThis as RunnerGlobals

const currentTest = (): string | undefined => runner.expect?.getState?.().currentTestName

/** Checks something at the end of the test. `findOpen` describes what is open then. */
export const track = (findOpen: () => readonly string[], release?: () => void): void => {
  tracked.add({ test: currentTest(), findOpen, release })
}

/**
 * Checks that the test has closed every store that it opened: on a fake server, with `recordActions` or with `manualClock`. Also releases the manual clock.
 * Call it at the end of each test, after the stores are disposed of: `afterEach(expectAllClosed)`. See docs/testing.md#a-store-that-is-left-open.
 * @param context the context that node:test and vitest pass to a hook, for the name of the test
 * @throws an Error that names the connections that are open, and the waits that go on
 */
export const expectAllClosed: (context?: TestHookContext) => void = function () {
  // Without a parameter: jest passes a callback to a hook that has one, and vitest reads the names of fixtures from it.
  // oxlint-disable-next-line prefer-rest-params
  const context = arguments[0] as TestHookContext | undefined
  const left = [...tracked]
  tracked.clear()
  const open = left.flatMap(({ findOpen }) => findOpen())
  const tests = new Set(left.filter(({ findOpen }) => findOpen().length > 0).map(({ test }) => test))
  for (const { release } of left) release?.()
  releaseWaits()
  if (open.length === 0) return
  const [test = context?.task?.name ?? context?.name] = tests
  const where = test === undefined ? 'a test' : `the test "${test}"`
  throw new Error(
    [
      `reduplex: expected ${where} to close every store that it opens; still open at its end:`,
      ...open.map((what) => `- ${what}`),
      'Call dispose() of the socket middleware, or await dispatch(socketClose()), at the end of the test.',
    ].join('\n'),
  )
}

/**
 * Checks without a call, where the runner has global hooks (jest; vitest with `globals: true`): before the next test, and after the last one. An `afterEach` would be
 * too early in jest, which runs hooks in the order of their definition: the app's own `afterEach`, which disposes of the store, would come later. No hook can be
 * added inside a test.
 */
const checkAutomatically = () => {
  if (currentTest() !== undefined) return
  runner.beforeEach?.(() => expectAllClosed())
  runner.afterAll?.(() => expectAllClosed())
}

checkAutomatically()
