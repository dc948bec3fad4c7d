/** What the flood consists of. */
export const floodMessage = (n: number) => ({
  type: 'posts/liked',
  payload: {
    id: n,
    by: `reader ${n % 89}`,
    at: 1_700_000_000_000 + n,
    tags: ['redux', 'ws'],
    note: 'a small thing to say',
  },
})
