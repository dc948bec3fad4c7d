import { codedError, show } from '../../internal/errors.js'
import type { Check } from '../../internal/optionChecks.js'
import { checkOptions, group, isNamedObject } from '../../internal/optionGroups.js'
import type { ChannelOptions } from '../types.js'
import type { HistoryLimits } from './historyStore.js'

/** The channels that have a history. */
export interface ChannelTable {
  /** Declares a channel, or all channels of a pattern such as `rooms/:room`. @throws `invalid_option` */
  readonly declare: (pattern: string, options: ChannelOptions) => void
  /** Returns how much of a channel is kept; `undefined` for a channel without history. */
  readonly limitsOf: (channel: string) => HistoryLimits | undefined
}

const CALLER = 'server.channel'
const MAX_SIZE = 100_000

const aSize: Check = [
  `an integer from 1 to ${MAX_SIZE}`,
  (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_SIZE,
]
const aTtl: Check = [
  'an integer of milliseconds, 1 or more',
  (value) => Number.isSafeInteger(value) && (value as number) >= 1,
]

const isComplete = ({ history }: { readonly history?: Partial<HistoryLimits> }): boolean =>
  history?.size !== undefined && history.ttl !== undefined

const checkDeclaration = (pattern: unknown, options: unknown): void => {
  if (typeof pattern !== 'string' || pattern === '')
    throw codedError('invalid_option', `${CALLER}: expected the name of a channel or a pattern, got ${show(pattern)}.`)
  if (!isNamedObject(options))
    throw codedError('invalid_option', `${CALLER}: expected an object of options, got ${show(options)}.`)
  checkOptions(CALLER, options, { history: group({ size: aSize, ttl: aTtl }) })
  if (!isComplete(options))
    throw codedError('invalid_option', `${CALLER}: expected the option "history" to have "size" and "ttl".`)
}

const matches = (parts: readonly string[], channel: string): boolean => {
  const segments = channel.split('/')
  return (
    segments.length === parts.length &&
    parts.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))
  )
}

/** Creates a table without channels. */
export const createChannelTable = (): ChannelTable => {
  const byPattern = new Map<string, HistoryLimits>()
  const patterns: { readonly parts: readonly string[]; readonly limits: HistoryLimits }[] = []
  return {
    declare: (pattern, options) => {
      checkDeclaration(pattern, options)
      if (byPattern.has(pattern))
        throw codedError('invalid_option', `${CALLER}: expected another name than ${show(pattern)}, which is declared.`)
      const limits = { ...options.history }
      byPattern.set(pattern, limits)
      const parts = pattern.split('/')
      if (parts.some((part) => part.startsWith(':'))) patterns.push({ parts, limits })
    },
    // A name of its own comes before the patterns, and these in the order of their declarations.
    limitsOf: (channel) => byPattern.get(channel) ?? patterns.find(({ parts }) => matches(parts, channel))?.limits,
  }
}
