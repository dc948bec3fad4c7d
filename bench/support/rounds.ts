/** The values of some candidates, round by round. */
export type Measured<Name extends string> = Readonly<Record<Name, readonly number[]>>

const shuffled = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)

/** Measures all candidates in each round, in a random order, so that other load of the machine affects all of them. */
export const measureInTurn = async <Name extends string>(
  candidates: Readonly<Record<Name, () => number | Promise<number>>>,
  rounds: number,
): Promise<Measured<Name>> => {
  const names = Object.keys(candidates) as Name[]
  const values = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>
  for (let round = -Math.ceil(rounds / 5); round < rounds; round++) {
    for (const name of shuffled(names)) {
      const value = await candidates[name]()
      if (round >= 0) values[name].push(value)
    }
  }
  return values
}

/** Round by round: the one divided by the other. */
export const quotients = (ours: readonly number[], against: readonly number[]): number[] =>
  ours.map((value, round) => value / against[round]!)
