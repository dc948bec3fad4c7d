// Runs cases against a server, one after the other.
import { Broken, createConnector } from './client.mjs'
import { closing } from './cases/closing.mjs'
import { connection } from './cases/connection.mjs'
import { errors } from './cases/errors.mjs'
import { heartbeat } from './cases/heartbeat.mjs'
import { history } from './cases/history.mjs'
import { http } from './cases/http.mjs'
import { requests } from './cases/requests.mjs'
import { sessions } from './cases/sessions.mjs'
import { streaming } from './cases/streaming.mjs'
import { subscriptions } from './cases/subscriptions.mjs'

/** A case: `name`, the text of the `rule`, the `section` of docs/protocol.md, the `part` that can be left out, and `run`. */
export const cases = [
  ...connection,
  ...heartbeat,
  ...requests,
  ...errors,
  ...streaming,
  ...subscriptions,
  ...history,
  ...closing,
  ...sessions,
  ...http,
]

/** The parts that run only on request, because they take long or need another url. */
const onlyOnRequest = new Set(['pings', 'http'])

export const parts = [...new Set(cases.flatMap(({ part }) => part ?? []))]

export const anchorOf = ({ section }) => `docs/protocol.md#${section.toLowerCase().replaceAll(' ', '-')}`

const isChosen = ({ name, part }, { only, without, extra }) =>
  (only.length === 0 || only.some((start) => name === start || name.startsWith(`${start}.`))) &&
  !without.includes(part) &&
  (!onlyOnRequest.has(part) || extra.includes(part))

const runOne = async (one, settings) => {
  const { names, timeout, http: address, maxPayload } = settings
  const name = (given) => names[given] ?? given
  const connector = createConnector({ ...settings, echo: name('conformance.echo') })
  const patience = one.part === 'pings' ? settings.pingsTimeout : timeout * 5
  let timer
  const tooLong = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Broken(`expected an end within ${patience} ms`)), patience)
  })
  try {
    await Promise.race([one.run({ ...connector, name, timeout, patience, maxPayload, http: address }), tooLong])
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message || String(error) : String(error)
  } finally {
    clearTimeout(timer)
    connector.end()
  }
}

export const defaults = {
  only: [],
  without: [],
  extra: [],
  names: {},
  headers: {},
  protocol: undefined,
  http: undefined,
  timeout: 2_000,
  pingsTimeout: 70_000,
  maxPayload: 1024 * 1024,
}

/** Yields `{ name, rule, section, part, state, reason }` for each case; `state` is `holds`, `broken` or `left`. */
export async function* run(given) {
  const settings = { ...defaults, ...given }
  const wanted = { ...settings, extra: [...settings.extra, ...(settings.http ? ['http'] : [])] }
  for (const one of cases) {
    const { name, rule, section, part } = one
    if (!isChosen(one, wanted)) {
      yield { name, rule, section, part, state: 'left' }
      continue
    }
    const reason = await runOne(one, settings)
    yield { name, rule, section, part, state: reason === undefined ? 'holds' : 'broken', reason }
  }
}
