import { rpc } from '../../functions/connection.js'
import { useAppSelector } from '../../hooks.js'
import { Panel } from '../Panel.js'
import { useStory } from './useStory.js'

/** What a connection with sessions has in its state. */
interface WithSession {
  readonly session?: string
}

/** An answer that arrives word by word. */
export function StoryPanel() {
  const { story, ask, cancel } = useStory()
  const session = useAppSelector((state) => (state.socket[rpc.name] as WithSession | undefined)?.session ?? 'none')
  return (
    <Panel title="An answer in chunks" aside={<small>session: {session}</small>}>
      <p className="note">
        The server’s function is an async generator. Cut the connection while the words arrive:{' '}
        {session === 'none' ? 'without a session the answer ends.' : 'with a session the answer goes on after the cut.'}
      </p>
      <div className="actions">
        <button type="button" onClick={() => void ask('rain')}>
          Tell a story
        </button>
        <button type="button" disabled={!story.isArriving} onClick={cancel}>
          Cancel the story
        </button>
      </div>
      <div role="group" className="story" aria-label="Story" aria-busy={story.isArriving}>
        {story.words.join(' ')}
      </div>
      <output className="outcome" aria-label="End of the story">
        {story.end}
      </output>
    </Panel>
  )
}
