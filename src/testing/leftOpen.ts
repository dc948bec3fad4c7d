import { releaseWaits } from './waiting.js'

// What a test has set up and has not closed. One list for the whole file of tests, as the runner's hooks are global too.

interface Tracked {
  /** The test that set it up, where the runner says its name. */
  readonly test: string | undefined
  /** Set up in a test, and not before all tests, where the runner has global hooks. */
  readonly isOfTest: boolean
  /** Describes what is open. */
  readonly findOpen: () => readonly string[]
  /** Removes what would outlive the test. */
  readonly release: (() => void) | undefined
}

interface RunnerGlobals {
  readonly beforeEach?: (hook: () => void) => void
  readonly afterEach?: (hook: () => void) => void
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

/** Whether a test runs, as the global hooks of the runner say. The name of the test does not: jest keeps that of the last one in `beforeAll` and `afterAll`. */
const phase = { isTest: currentTest() !== undefined }

/**
 * Checks something at the end of the test. `findOpen` describes what is open then.
 * @param isOld it was set up before the test that calls this
 */
export const track = (findOpen: () => readonly string[], release?: () => void, isOld = false): void => {
  const { isTest } = phase
  tracked.add({ test: isTest ? currentTest() : undefined, isOfTest: isTest && !isOld, findOpen, release })
}

const check = (left: readonly Tracked[], context?: TestHookContext): void => {
  for (const entry of left) tracked.delete(entry)
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
 * Checks that the test has closed every store that it opened: on a fake server, with `recordActions` or with `manualClock`. Also releases the manual clock.
 * What was set up outside of a test, as in `beforeAll`, is checked and released too.
 * Call it at the end of each test, after the stores are disposed of: `afterEach(expectAllClosed)`. See docs/testing.md#a-store-that-is-left-open.
 * @param context the context that node:test and vitest pass to a hook, for the name of the test
 * @throws an Error that names the connections that are open, and the waits that go on
 */
export const expectAllClosed: (context?: TestHookContext) => void = function () {
  // Without a parameter: jest passes a callback to a hook that has one, and vitest reads the names of fixtures from it.
  // oxlint-disable-next-line prefer-rest-params
  check([...tracked], arguments[0] as TestHookContext | undefined)
}

const checkTest = (): void => check([...tracked].filter(({ isOfTest }) => isOfTest))

/**
 * Checks without a call, where the runner has global hooks (jest; vitest with `globals: true`): before the next test, and after the last one. An `afterEach` would be
 * too early in jest, which runs hooks in the order of their definition: the app's own `afterEach`, which disposes of the store, would come later. For the same
 * reason, what was set up outside of tests is not checked: the app's own `afterAll` comes after the one here. No hook can be added inside a test.
 */
const checkAutomatically = () => {
  if (phase.isTest) return
  runner.beforeEach?.(() => {
    phase.isTest = true
    checkTest()
  })
  runner.afterEach?.(() => void (phase.isTest = false))
  runner.afterAll?.(checkTest)
}

checkAutomatically()
