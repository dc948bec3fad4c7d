import type { RpcCall, RpcReply } from '../../internal/jsonRpc.js'
import type { MetricsFeed } from './metricsFeed.js'

/** Where a call comes from, as far as the metrics see it. */
export interface MeasuredCaller {
  /** `undefined` for a call over HTTP. */
  readonly connection?: unknown
  readonly protocolMethod: (name: string) => unknown
}

/** Executes one call and resolves with its reply. */
export type ExecuteCall<Caller> = (call: RpcCall, caller: Caller) => Promise<RpcReply>

/** Adds the measuring to the execution of calls; without metrics it is returned unchanged. */
export const measureCalls = <Caller extends MeasuredCaller>(
  metrics: MetricsFeed | undefined,
  methods: { readonly get: (name: string) => unknown },
  execute: ExecuteCall<Caller>,
): ExecuteCall<Caller> => {
  if (!metrics) return execute
  return async (call, caller) => {
    const { method } = call
    const isKnown = methods.get(method) !== undefined || caller.protocolMethod(method) !== undefined
    const transport = caller.connection === undefined ? 'http' : 'socket'
    const measured = { method: isKnown ? method : undefined, transport } as const
    return await metrics.measureCall(measured, async () => await execute(call, caller))
  }
}
