import { STORE_NAME } from '../../store.js'
import { Panel } from '../Panel.js'

const INSTALL = 'https://github.com/reduxjs/redux-devtools/tree/main/extension#installation'

/** Whether the browser has the extension, which reads the name of the store. */
const hasExtension = () => '__REDUX_DEVTOOLS_EXTENSION__' in window

/** Where to see the same actions in the Redux DevTools. */
export function ReduxDevToolsPanel() {
  return (
    <Panel title="Redux DevTools">
      {hasExtension() ? (
        <p className="note">
          Open the Redux DevTools of your browser and choose the store <b>{STORE_NAME}</b>: each event of the socket is
          an action there.
        </p>
      ) : (
        <p className="note">
          Each event of the socket is an action. The extension{' '}
          <a href={INSTALL} target="_blank" rel="noreferrer">
            Redux DevTools
          </a>{' '}
          lists them under the name <b>{STORE_NAME}</b>. This browser does not have it.
        </p>
      )}
    </Panel>
  )
}
