// The import rule: src/ is a list of rooms in the order in which data flows, and a room imports only rooms above it.
const rooms = [
  'core/errors',
  'core/memory',
  'core/ip',
  'core/wire',
  'core/session',
  'core/rib',
  'core/speaker',
  'core/stream',
  'core/window',
  'core/expected',
  'core/check',
  'net',
  'trace',
  'router',
  'kube',
  'harness',
  'probe',
  'drill',
  'report',
  'export',
  'lab',
  'api',
  'testing',
  'demo',
  'cli',
]

const noClimbing = rooms.slice(0, -1).map((room, at) => ({
  name: `${room}-imports-only-rooms-above`,
  severity: 'error',
  comment: 'A room imports only rooms above it in the list of docs/architecture.md.',
  from: { path: `^src/${room}/` },
  to: { path: `^src/(${rooms.slice(at + 1).join('|')})/|^src/index\\.ts$` },
}))

module.exports = {
  forbidden: [
    ...noClimbing,
    {
      name: 'cli-does-not-import-the-index',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'every-file-has-a-room',
      severity: 'error',
      from: { path: `^src/(?!(${rooms.join('|')})/|index\\.ts$)` },
      to: {},
    },
    {
      name: 'core-is-pure',
      severity: 'error',
      comment: 'node:buffer is the only built-in that src/core may import.',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?buffer$' },
    },
    {
      name: 'ip-num-in-core-ip-alone',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/core/ip/' },
      to: { path: 'node_modules/ip-num/' },
    },
    {
      name: 'binary-parser-in-core-wire-alone',
      severity: 'error',
      comment: 'And in trace, for the headers of MRT.',
      from: { path: '^src/', pathNot: '^src/(core/wire|trace)/' },
      to: { path: 'node_modules/binary-parser/' },
    },
    {
      name: 'core-uses-no-other-package',
      severity: 'error',
      comment: 'Whatever its type: a package that is not in package.json is one too.',
      from: { path: '^src/core/' },
      to: { path: 'node_modules/', pathNot: 'node_modules/(ip-num|binary-parser)/' },
    },
    { name: 'no-circular', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'src-imports-no-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|lab|examples)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
}
