import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { codedError } from '../../internal/errors.js'
import { aCount, isFunction, type Check } from '../../internal/optionChecks.js'
import type { OptionChecks } from '../../internal/optionGroups.js'
import { groupNamesOf } from './path.js'

export type AnyServer = HttpServer | HttpsServer

/** What all targets have. */
interface TargetBase<Path extends string> {
  /** The only path that is served; a pattern such as `/rooms/:room` has groups. @default every path */
  readonly path?: Path
}

/**
 * The options of `createSocketServer` that say where it listens: on a port of its own (`port`), on the port of an HTTP server (`server`), or nowhere
 * (`noServer`); then the app calls `handleUpgrade`. Exactly one of the three has to be given.
 */
export type ListenTarget<Path extends string = string> = TargetBase<Path> &
  (
    | {
        /** 0 picks a free one. */
        readonly port: number
        /** @default all addresses */
        readonly host?: string
        /** The number of connections that wait to be accepted. @default that of Node, 511 */
        readonly backlog?: number
        readonly server?: undefined
        readonly noServer?: false
      }
    | {
        /**
         * Its requests, and its upgrades for paths other than `path`, are left alone. Of several socket servers whose path matches, the first takes an upgrade.
         * Give a `path` where something else upgrades connections on that HTTP server, such as the dev server of a bundler.
         */
        readonly server: AnyServer
        readonly port?: undefined
        readonly host?: undefined
        readonly backlog?: undefined
        readonly noServer?: false
      }
    | {
        /** The server does not listen. */
        readonly noServer: true
        readonly port?: undefined
        readonly host?: undefined
        readonly backlog?: undefined
        readonly server?: undefined
      }
  )

const isPort = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535

const isHttpServer = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  ['on', 'off', 'listeners', 'address'].every((name) => isFunction((value as Readonly<Record<string, unknown>>)[name]))

/** Whether a path can match a url: it starts with a slash, has no query, and each group has a name of its own. */
const isPath = (value: unknown): boolean => {
  if (typeof value !== 'string' || !/^\/[^?#\s]*$/.test(value)) return false
  const names = groupNamesOf(value)
  return !names.includes('') && new Set(names).size === names.length
}

const aHost: Check = ['a host name or an address', (value) => typeof value === 'string' && value !== '']

/** The checks of the options that say where to listen. */
export const targetChecks: OptionChecks = {
  port: ['an integer from 0 to 65535', isPort],
  host: aHost,
  backlog: aCount,
  server: ['a server of node:http or node:https', isHttpServer],
  noServer: ['true or false', (value) => typeof value === 'boolean'],
  path: ["a path such as '/rooms/:room', whose groups have different names", isPath],
}

/** Checks that exactly one target is given. @throws `invalid_option` */
export const checkTarget = ({ port, host, backlog, server, noServer }: Readonly<Record<string, unknown>>): void => {
  const given = [
    ...(port === undefined ? [] : ['"port"']),
    ...(server === undefined ? [] : ['"server"']),
    ...(noServer === true ? ['"noServer: true"'] : []),
  ]
  const fail = (sentence: string) => codedError('invalid_option', `createSocketServer: ${sentence}.`)
  if (given.length !== 1) {
    throw fail(`expected one of "port", "server" and "noServer: true", got ${given.join(' and ') || 'none of them'}`)
  }
  if (port !== undefined) return
  const name = host === undefined ? 'backlog' : 'host'
  if (host !== undefined || backlog !== undefined) {
    throw fail(`expected the option "${name}" only beside "port", got it beside ${given.join('')}`)
  }
}
