// Who may import whom in src/, and no circle of imports in src/ and demo/. test/architecture/imports.test.ts shows that each rule can fail.

/** From the ground up: a floor imports from itself and from those below it. */
const floors = ['internal', 'codec', 'connection', 'actions', 'state', 'middleware', 'features', 'rpc']
/** Above all floors, each in a wing of its own. */
const wings = ['batch', 'devtools', 'lifecycle', 'react', 'query', 'server', 'session', 'tabs']

const folder = (...names) => `^src/(${names.join('|')})/`
const packages = (...names) => `(^|/)node_modules/(${names.join('|')})/`

const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...floors.map((floor, height) =>
      error(
        `${floor}-looks-down`,
        `src/${floor} imports only from itself and from ${floors.slice(0, height).join(', ') || 'nobody'}`,
        { path: folder(floor) },
        { path: folder(...floors.slice(height + 1), ...wings) },
      ),
    ),
    ...wings.map((wing) =>
      error(
        `${wing}-stands-alone`,
        `the entry points ${wings.join(', ')} do not know each other`,
        { path: folder(wing) },
        { path: folder(...wings.filter((other) => other !== wing)) },
      ),
    ),
    error(
      'known-folder',
      'a new folder of src needs its place in the order',
      {},
      { path: '^src/', pathNot: [folder(...floors, ...wings, 'testing'), '^src/[^/]+$'] },
    ),
    error('index-is-a-door', 'src/index.ts is for the outside', { path: '^src/.+/' }, { path: '^src/[^/]+$' }),
    error(
      'testing-is-for-tests',
      'nothing in src imports testing/',
      { path: '^src/', pathNot: folder('testing') },
      { path: folder('testing') },
    ),
    error(
      'connection-without-redux',
      'one connection knows nothing of Redux',
      { path: folder('internal', 'codec', 'connection') },
      { path: packages('redux', '@reduxjs/toolkit', 'react-redux') },
    ),
    error(
      'only-the-loop-reconnects',
      'reconnecting-websocket has one caller',
      { path: '^src/', pathNot: '^src/connection/reconnectLoop\\.ts$' },
      { path: packages('reconnecting-websocket') },
    ),
    error(
      'only-react-has-react',
      'React is optional',
      { path: '^src/', pathNot: folder('react', 'devtools') },
      { path: packages('react', 'react-dom', 'react-redux') },
    ),
    error(
      'only-devtools-has-charts',
      'charts and long lists are for development',
      { path: '^src/', pathNot: folder('devtools') },
      { path: packages('uplot', '@tanstack', 'react-dom') },
    ),
    error(
      'only-server-has-node',
      'everything else runs in a browser',
      { path: '^src/', pathNot: folder('server') },
      { dependencyTypes: ['core'] },
    ),
    error(
      'only-server-has-ws',
      'everything else runs in a browser',
      { path: '^src/', pathNot: folder('server') },
      { path: packages('ws', 'redis', '@redis', 'prom-client') },
    ),
    error(
      'only-redis-has-redis',
      'Redis is optional, for the server too',
      { path: '^src/', pathNot: '^src/server/redis/' },
      { path: [packages('redis', '@redis'), '^src/server/redis/'] },
    ),
    error(
      'only-metrics-has-prometheus',
      'Prometheus is optional, for the server too',
      { path: '^src/', pathNot: '^src/server/metrics/' },
      { path: [packages('prom-client'), '^src/server/metrics/'] },
    ),
    error(
      'server-parts-look-down',
      'the parts of the server do not know the server that is made of them',
      { path: '^src/server/[^/]+/' },
      { path: '^src/server/(index|createSocketServer|shareSocketServer|gracefulClose)\\.ts$' },
    ),
    error(
      'redis-knows-the-bus',
      'of the server, what is kept in Redis needs the interfaces of a bus, of its histories and of a store, and nothing else',
      { path: '^src/server/redis/' },
      {
        path: '^src/server/',
        pathNot: ['^src/server/redis/', '^src/server/(cluster/bus|history/historyStore|session/sessionStore)\\.ts$'],
      },
    ),
    error(
      'declared-packages-only',
      'what src imports is a dependency or a peer in package.json',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown'], dependencyTypesNot: ['npm-peer'] },
    ),
    error('no-circle', 'a circle of imports makes the order of loading matter', {}, { circular: true }),
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.d.ts'],
    },
  },
}
