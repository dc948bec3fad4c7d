// `npm run conformance -- --serve`: the reference server, until it is stopped.
import { startReference } from './reference.js'

const { url, http } = await startReference(Number(process.argv[2] ?? 0))
console.log(`${url}\n${http}`)
