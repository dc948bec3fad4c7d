import { codedError, show } from '../internal/errors.js'

interface MaybeStandard {
  readonly '~standard'?: { readonly validate?: unknown }
}

/** The first member that is not a Standard Schema under `receive` or `send`. */
const findOther = (schema: object): readonly [string, unknown] | undefined =>
  Object.entries(schema).find(([direction, part]: [string, MaybeStandard | null | undefined]) => {
    const isKnown = direction === 'receive' || direction === 'send'
    return !isKnown || (part !== undefined && typeof part?.['~standard']?.validate !== 'function')
  })

/** Throws `invalid_option` for a value that is not a pair of Standard Schemas. Development only. */
export const checkSchema = (schema: unknown): void => {
  const isObject = typeof schema === 'object' && schema !== null
  const other = isObject ? findOther(schema) : (['schema', schema] as const)
  if (!other) return
  throw codedError(
    'invalid_option',
    `Expected "schema" to be { receive, send } of schemas that follow Standard Schema (zod, valibot, arktype …), got ${other[0]}: ${show(other[1])}.`,
  )
}
