/** Checks numbers that have to arrive once and in order, from 1 on. It keeps only those that are missing. */
export class NumberedStream {
  doubled = 0
  reordered = 0
  #next = 1
  readonly #missing = new Set<number>()

  take(n: number) {
    if (n === this.#next) this.#next++
    else if (n > this.#next) {
      for (; this.#next < n; this.#next++) this.#missing.add(this.#next)
      this.#next++
    } else if (this.#missing.delete(n)) this.reordered++
    else this.doubled++
  }

  /** How many of the numbers up to `last` have not arrived. */
  lost(last: number): number {
    return this.#missing.size + Math.max(0, last + 1 - this.#next)
  }

  /** Nothing before this number is expected. */
  startAt(n: number) {
    this.#next = n
  }
}
