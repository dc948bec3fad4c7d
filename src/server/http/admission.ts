import type { IncomingMessage } from 'node:http'
import { after, type Cancel } from '../../internal/clock.js'
import { messageOf } from '../../internal/errors.js'
import type { ServerContext } from '../context.js'
import { anonymous, createIdentify, type Identify, type Identity } from '../operations/identity.js'
import { describeIssues, validate } from '../schema.js'
import { isAdmission, isError } from '../verdict.js'
import { addressOf, networkOf } from './addresses.js'
import { createAddressTurns, type InTurn } from './addressTurns.js'
import { queryOf } from './path.js'
import { isRefusal, Refusal } from './Refusal.js'
import { createSourceCheck } from './sourceCheck.js'

/** The result of an admitted request. */
export interface Admitted {
  readonly user: unknown
  readonly identity: Identity
  readonly params: unknown
}

/** The result of a refused request: the code and the reason of the close frame. */
export interface Refused {
  readonly code: number
  readonly reason: string
}

/** Decides about a request. Never rejects: a refusal is a value. `signal` is aborted when the client disconnects. */
export type Admit = (
  req: IncomingMessage,
  groups: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Admitted | Refused>

/** Waits for a decision, at most `timeout` ms and as long as the client is connected. `abort` is called when the wait ends early. */
const decideWithin = async (
  timeout: number,
  signal: AbortSignal,
  decision: Promise<Admitted | Refused>,
  abort: () => void,
): Promise<Admitted | Refused> => {
  let cancel: Cancel = () => {}
  let onDisconnect = () => {}
  const undecided = new Promise<Refused>((resolve) => {
    const giveUp = (reason: string) => {
      abort()
      resolve({ code: 4408, reason })
    }
    cancel = after(timeout, () => giveUp('took too long to decide'))
    // This refusal reaches no client; it ends the wait.
    onDisconnect = () => giveUp('disconnected')
    signal.addEventListener('abort', onDisconnect)
  })
  const result = await Promise.race([decision, undecided])
  cancel()
  signal.removeEventListener('abort', onDisconnect)
  return result
}

/** Decides about fresh credentials of an admitted client. Never rejects. */
export type Reauthorize = (
  req: IncomingMessage,
  params: unknown,
  credentials: unknown,
  signal: AbortSignal,
) => Promise<Admitted | Refused>

/** Decides about clients. */
export interface ClientAdmission {
  readonly admit: Admit
  readonly reauthorize: Reauthorize
}

interface AdmissionState extends Pick<ServerContext, 'options' | 'limits' | 'report' | 'reportVerdict'> {
  readonly identify: Identify
  readonly inTurn: InTurn
}

/** Asks `authorize`. @throws what it throws */
const authorizeUser = async (
  { options, limits, reportVerdict, identify, inTurn }: AdmissionState,
  req: IncomingMessage,
  params: unknown,
  credentials: unknown,
  signal: AbortSignal,
): Promise<Admitted | Refused> => {
  if (!options.authorize || signal.aborted) return { user: undefined, identity: anonymous, params }
  const { authorize } = options
  const ip = addressOf(req, limits.proxies)
  const user: unknown = await inTurn(networkOf(ip), async () =>
    signal.aborted ? false : await authorize(req, { params, ip, signal, credentials }),
  )
  if (isAdmission(user)) return { user, identity: identify(user), params }
  // Returned by mistake instead of thrown: it has the same effect.
  if (isError(user)) throw user
  reportVerdict('authorize', user, 'true, a text, a number or an object that is neither iterable nor an Error')
  return new Refusal(4401, 'not signed in')
}

/** Waits for a decision within `handshakeTimeout`. What it throws is a refusal. */
const decideSafely = async (
  { limits, report }: AdmissionState,
  signal: AbortSignal,
  decide: (signal: AbortSignal) => Promise<Admitted | Refused>,
): Promise<Admitted | Refused> => {
  const undecided = new AbortController()
  const run = async (): Promise<Admitted | Refused> => {
    try {
      return await decide(undecided.signal)
    } catch (error) {
      if (isRefusal(error)) return new Refusal(error.code, error.reason)
      if (!undecided.signal.aborted) {
        const message = `Deciding about a connection ("hosts", "origin", "params", "authorize") threw: ${messageOf(error)}`
        report({ code: 'handler_failed', message, error })
      }
      return { code: 1011, reason: 'server error' }
    }
  }
  return await decideWithin(limits.handshakeTimeout, signal, run(), () => undecided.abort())
}

/** Creates the admission of a server: host and origin, then `params`, then `authorize`, all within `handshakeTimeout`. */
export const createAdmission = ({ options, limits, report, reportVerdict }: ServerContext): ClientAdmission => {
  const identify = createIdentify(options)
  const inTurn = createAddressTurns(limits.maxAuthorizing)
  const state: AdmissionState = { options, limits, report, reportVerdict, identify, inTurn }
  const refuseBySource = createSourceCheck({ options, limits, report })
  const decide: Admit = async (req, groups, signal) => {
    const source = refuseBySource(req)
    if (source) return source
    // The groups come last, so that a query cannot replace what the path says.
    const validated = await validate(options.params, { ...queryOf(req.url), ...groups })
    if ('issues' in validated) return new Refusal(4400, `bad parameters: ${describeIssues(validated.issues)}`)
    return await authorizeUser(state, req, validated.value, undefined, signal)
  }
  return {
    admit: async (req, groups, signal) =>
      await decideSafely(state, signal, async (undecided) => await decide(req, groups, undecided)),
    reauthorize: async (req, params, credentials, signal) =>
      await decideSafely(
        state,
        signal,
        async (undecided) => await authorizeUser(state, req, params, credentials, undecided),
      ),
  }
}
