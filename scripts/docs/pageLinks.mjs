// The links from the reference to the pages of docs/.
import path from 'node:path'

/** Turns the paths of pages in docstrings, such as `docs/sessions.md#messages`, into links. `file` is in the folder `api`, which is beside the pages. */
export const linkPages = (file, text) =>
  text.replaceAll(/^```[^]*?^```$|(?<![\w/[])docs\/([\w/-]+\.md)(#[\w-]+)?/gm, (found, page, anchor = '') =>
    page === undefined ? found : `[${found}](${path.posix.relative(path.posix.dirname(`api/${file}`), page)}${anchor})`,
  )
