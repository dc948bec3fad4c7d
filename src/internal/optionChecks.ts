// What the checks of options share. The client calls them under `__DEV__`, so that production bundles contain none of it.

/** What an option must be, and whether a value is that. */
export type Check = readonly [expected: string, isValid: (value: unknown) => boolean]

export const isFunction = (value: unknown): boolean => typeof value === 'function'
export const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0

/** Whether a value is an object that can encode and decode. */
export const isCodec = (value: unknown): boolean => {
  const { encode, decode } = (value ?? {}) as { encode?: unknown; decode?: unknown }
  return isFunction(encode) && isFunction(decode)
}

/** Whether a value is a list of codecs. */
export const isCodecList = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isCodec)

export const aFunction: Check = ['a function', isFunction]
export const aCount: Check = ['a number, 0 or more', isCount]
