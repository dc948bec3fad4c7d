/** Whether a RegExp matches the whole of a name. The flags that make it keep a position, or match single lines, are left out. */
export const wholeMatcher = ({ source, flags }: RegExp): ((name: string) => boolean) => {
  const whole = new RegExp(`^(?:${source})$`, flags.replace(/[gmy]/g, ''))
  return (name) => whole.test(name)
}
