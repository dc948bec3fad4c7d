import { selectSession } from '../../../../src/session/index.js'
import { rpc } from '../../functions/connection.js'
import { useAppSelector } from '../../hooks.js'
import { Panel } from '../Panel.js'
import { useStory } from './useStory.js'

/** An answer that arrives word by word. */
export function StoryPanel() {
  const { story, ask, cancel } = useStory()
  const session = useAppSelector((state) => selectSession(state, rpc.name))
  return (
    <Panel title="An answer in chunks" aside={<small>session: {session}</small>}>
      <p className="note">
        The server’s function is an async generator. Cut the connection while the words arrive: the answer goes on where
        it was, because the connection has a session.
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
