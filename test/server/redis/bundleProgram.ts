import { build } from 'esbuild'

/** Bundles a program of the tests into a file that Node runs. */
export const bundleProgram = async (entry: string, outfile: string): Promise<void> => {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { __DEV__: 'true' },
    // Optional dependencies of ws and redis.
    external: ['bufferutil', 'utf-8-validate', '@opentelemetry/api', '@node-rs/xxhash'],
    logLevel: 'error',
  })
}
