import { createSocketRecorder } from '../../../src/devtools/index.js'
import { store } from '../store.js'

/** Records from the start, also while another page than the inspector is shown. */
export const recorder = createSocketRecorder(store)
