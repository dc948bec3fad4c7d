import { codedError, show } from './errors.js'
import type { Check } from './optionChecks.js'

/** An option that is an object with members of its own. */
export interface OptionGroup {
  /** What the option must be. */
  readonly expected: string
  /** Whether a value that is no such object is valid too, as `false` often is. */
  readonly isOther: (value: unknown) => boolean
  readonly members: OptionChecks
}

/** Checks of options, by name. */
export type OptionChecks = Readonly<Record<string, Check | OptionGroup>>

/** Whether a value is an object with named members: not a list, a function or null. */
export const isNamedObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Creates the checks of an option that is an object. */
export const group = (
  members: OptionChecks,
  expected: string = 'an object',
  isOther: OptionGroup['isOther'] = () => false,
): OptionGroup => ({ expected, isOther, members })

/** Returns a plain copy of an object with what it inherits, except the members of Object.prototype. */
export const copyOptions = (given: object): Record<string, unknown> => {
  const copy: [string, unknown][] = []
  for (const name in given) copy.push([name, (given as Readonly<Record<string, unknown>>)[name]])
  return Object.fromEntries(copy)
}

/** Returns a copy of checked options without members that are `undefined`, also in its groups: nothing can replace a default by it. */
export const withoutUndefined = (
  given: Readonly<Record<string, unknown>>,
  checks: OptionChecks,
): Record<string, unknown> => {
  const defined = Object.entries(copyOptions(given)).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    defined.map(([name, value]) => {
      const check = checks[name]
      const isGroup = check !== undefined && 'members' in check && isNamedObject(value)
      return [name, isGroup ? withoutUndefined(value, check.members) : value]
    }),
  )
}

const invalid = (caller: string, sentence: string): Error => codedError('invalid_option', `${caller}: ${sentence}.`)

/**
 * Checks the members of an object of options, also those of its groups. `undefined` counts as left out.
 * @throws `invalid_option` for a member that is unknown or malformed
 */
export const checkOptions = (
  caller: string,
  given: Readonly<Record<string, unknown>>,
  checks: OptionChecks,
  prefix = '',
): void => {
  for (const [name, value] of Object.entries(copyOptions(given))) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (!check) {
      throw invalid(caller, `unknown option "${prefix}${name}"; expected one of ${Object.keys(checks).join(', ')}`)
    }
    if (value === undefined) continue
    const [expected, isValid] =
      'members' in check ? [check.expected, (one: unknown) => isNamedObject(one) || check.isOther(one)] : check
    if (!isValid(value)) {
      throw invalid(caller, `expected the option "${prefix}${name}" to be ${expected}, got ${show(value)}`)
    }
    if ('members' in check && isNamedObject(value)) checkOptions(caller, value, check.members, `${prefix}${name}.`)
  }
}
