import type { StandardSchemaV1 } from '@standard-schema/spec'

type Result = StandardSchemaV1.Result<unknown>

/** Enough for everything that follows a settled promise. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve() // oxlint-disable-line no-await-in-loop
}

/** A schema whose answers are given later, by value; texts that start with "sync" are answered at once. */
export const createSlowSchema = () => {
  const validating = new Map<unknown, { resolve: (result: Result) => void; reject: (error: unknown) => void }>()
  const schema: StandardSchemaV1 = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) =>
        typeof value === 'string' && value.startsWith('sync')
          ? { value }
          : new Promise<Result>((resolve, reject) => validating.set(value, { resolve, reject })),
    },
  }
  const take = (value: unknown) => {
    const question = validating.get(value)
    if (!question) throw new Error(`nobody asked about ${String(value)}`)
    return question
  }
  return {
    schema,
    validating: () => [...validating.keys()],
    pass: async (...values: unknown[]) => {
      for (const value of values) take(value).resolve({ value })
      await settled()
    },
    refuse: async (value: unknown) => {
      take(value).resolve({ issues: [{ message: 'no' }] })
      await settled()
    },
    fail: async (value: unknown) => {
      take(value).reject(new Error('the database is gone'))
      await settled()
    },
  }
}
