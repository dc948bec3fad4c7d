import fc from 'fast-check'

/** A step of a model: its name, and a number that says what it acts on. */
export type Step = readonly [name: string, n: number]
export type Steps = readonly Step[]

interface Bounds {
  readonly maxNumber: number
  readonly minLength: number
  readonly maxLength: number
}

/** Random steps; a name with twice the weight comes twice as often. */
export const stepsOf = (weights: Readonly<Record<string, number>>, { maxNumber, ...length }: Bounds) =>
  fc.array(
    fc.oneof(
      ...Object.entries(weights).map(([name, weight]) => ({
        weight,
        arbitrary: fc.tuple(fc.constant(name), fc.nat(maxNumber)),
      })),
    ),
    { ...length, size: 'max' },
  )
