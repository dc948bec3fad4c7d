/** Whether an action was received over a connection (`accept`, `toActions`). With a `name`, over that connection. */
export const isReceived = (
  action: unknown,
  name?: string,
): action is { readonly type: string; readonly meta: { readonly receivedFrom: string } } => {
  const from = (action as { meta?: { receivedFrom?: unknown } } | null | undefined)?.meta?.receivedFrom
  return typeof from === 'string' && (name ?? from) === from
}
