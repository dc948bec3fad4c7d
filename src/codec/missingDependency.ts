import { codedError } from '../internal/errors.js'

/**
 * The error of a codec whose package cannot be loaded. Only the loaders that the build writes into the CommonJS tree call it
 * (scripts/build/codecLibraries.mjs). Production needs the sentence too: it runs on servers.
 */
export const missingDependency = (codec: string, name: string, cause: unknown): Error =>
  Object.assign(
    codedError(
      'missing_dependency',
      `reduplex/codec/${codec} needs the package ${name}, which could not be loaded. Install it: npm install ${name}`,
    ),
    { cause },
  )
