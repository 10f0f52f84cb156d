// The commands as a person meets them: outputs, exit codes, and errors that say what to do.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { ask } from '../../src/api/client.ts'
import { startApiServer, type ApiServer } from '../../src/demo/api-server.ts'
import { EXIT_CODES } from '../../src/core/errors/codes.ts'
import { DUMP_COMMAND } from '../../src/core/expected/kinds.ts'
import { ciliumNodeObject, INCIDENT } from '../../src/demo/incident.ts'
import { SimulatedNode } from '../../src/demo/simulated-node.ts'
import type { PeerRow } from '../../src/harness/views.ts'
import { command, RunningCommand } from '../support/command.ts'
import { RawPeer } from '../support/raw-peer.ts'
import { keepalive, open, update } from '../support/speaker-messages.ts'

let directory: string

/** fetch() lets nobody set the Host header. */
function statusWithHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).once('error', reject)
  })
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'routewitness-cli-'))
})

afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('a running serve with the nodes of incident I-1', () => {
  let api: ApiServer
  let serve: RunningCommand
  let nodes: SimulatedNode[]
  let socket: string
  let url: string

  beforeAll(async () => {
    api = await startApiServer({ objects: INCIDENT.objects })
    const kubeconfig = join(directory, 'kubeconfig')
    writeFileSync(kubeconfig, api.kubeconfig())
    socket = join(directory, 'control.sock')
    serve = new RunningCommand(
      [
        'serve',
        '--asn',
        '64524',
        '--listen',
        '127.0.0.1:0',
        '--http',
        '127.0.0.1:0',
        '--socket',
        socket,
        '--trace',
        join(directory, 'trace'),
        '--settle',
        '300ms',
      ].concat('--kubeconfig', kubeconfig),
    )
    const [, port] = await serve.says(/listens on 127\.0\.0\.1:(\d+)/)
    ;[, url = ''] = await serve.says(/http {5}(\S+)/)
    nodes = INCIDENT.nodes.map(
      (node, at) =>
        new SimulatedNode({
          name: node.name,
          asn: INCIDENT.nodeAsn,
          identifier: node.address,
          source: `127.0.0.${31 + at}`,
          router: { address: '127.0.0.1', port: Number(port) },
          api: api.url,
        }),
    )
    for (const node of nodes) await node.start()
    await command('wait', 'quiet', '300ms', '--socket', socket)
  }, 60_000)

  afterAll(async () => {
    for (const node of nodes) node.stop()
    const { code, stderr } = await serve.stop()
    await api[Symbol.asyncDispose]()
    expect(code, stderr).toBe(0)
  })

  test('wait sessions returns when all are up, and says how long it took', async () => {
    const { code, stdout } = await command('wait', 'sessions', '--socket', socket)
    expect(stdout).toMatch(/^all 4 sessions Established after /)
    expect(code).toBe(0)
  })

  test('wait routes gives up in time with exit code 4, and says for whom it waited and why', async () => {
    const { code, stderr } = await command('wait', 'routes', '--timeout', '200ms', '--socket', socket)
    expect(stderr).toMatch(/^waiting for expected routes announced\n {2}master1 {2}has not announced/)
    expect(stderr).toMatch(/error .*not so after 0\.2 s \[RW_TIMEOUT\]\n {2}master1 {2}has not announced/)
    expect(stderr).toContain('master2  has not announced 10.5.115.0/24; last event')
    expect(code).toBe(4)
  })

  test('a second serve at its socket is refused; what is wrong with the options comes first', async () => {
    const second = (...args: string[]) =>
      command('serve', '--listen', '127.0.0.1:0', '--no-cluster', '--no-trace', '--socket', socket, ...args)
    const [taken, wrong] = await Promise.all([second('--asn', '1'), second()])
    expect(taken).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('name another place (--socket, '),
    })
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Give our AS number') })
  })

  test('check prints the findings and ends with 1', async () => {
    const { code, stdout } = await command('check', '--socket', socket)
    expect(stdout).toContain('node01  10.5.115.0/24  wrong-owner')
    expect(stdout).toContain('4 errors, 0 warnings: 4 routes of 4 nodes compared with 4 expected')
    expect(code).toBe(1)
  })

  test('check gives the same as JSON, as JUnit, over HTTP, and from the trace', async () => {
    const json = await command('check', '--socket', socket, '-o', 'json')
    const findings = (JSON.parse(json.stdout) as { findings: { code: string }[] }).findings
    expect(findings.map((finding) => finding.code)).toEqual(Array.from({ length: 4 }, () => 'wrong-owner'))
    const http = await command('check', '--server', url, '-o', 'json')
    expect((JSON.parse(http.stdout) as { findings: unknown }).findings).toEqual(findings)
    await command('mark', 'here', '--socket', socket)
    const recorded = await command('check', '--socket', socket, '--at', 'here', '-o', 'json')
    expect((JSON.parse(recorded.stdout) as { findings: unknown }).findings).toEqual(findings)
    expect((await command('check', '--socket', socket, '-o', 'junit')).stdout).toContain('failures="4"')
  })

  test('get prints tables that line up, and JSON', async () => {
    const peers = await command('get', 'peers', '--socket', socket)
    const [header = '', first = ''] = peers.stdout.split('\n')
    expect(header).toMatch(/^NODE +PEER AS +ADDRESS +ROUTER-ID +STATE/)
    expect(first).toMatch(/^master1 +64513 +127\.0\.0\.\d+ +10\.4\.94\.32 +established/)
    expect(first.indexOf('64513')).toBe(header.indexOf('PEER AS'))
    const routes = await command('get', 'routes', '--socket', socket, '-o', 'json')
    expect(
      (JSON.parse(routes.stdout) as { node: string; prefix: string }[]).map(
        ({ node, prefix }) => `${node} ${prefix}`,
      ),
    ).toEqual([
      'master1 10.5.112.0/24',
      'master2 10.5.114.0/24',
      'master3 10.5.113.0/24',
      'node01 10.5.115.0/24',
    ])
    const expected = await command('get', 'expected', '--socket', socket, '--no-headers')
    expect(expected.stdout).toMatch(/^master1 +10\.5\.113\.0\/24 +no +CiliumNode\.spec\.ipam\.podCIDRs/)
    expect((await command('get', 'nodes', '--socket', socket)).stdout).toContain('10.5.113.0/24')
    expect((await command('get', 'findings', '--socket', socket)).stdout).toContain('wrong-owner')
    expect((await command('get', 'events', '--socket', socket)).stdout).toContain('10.5.115.0/24 announced')
  })

  test('reading over HTTP is free on loopback, changing is not, and a foreign Host is refused', async () => {
    expect((await fetch(`${url}/v1/peers`)).status).toBe(200)
    const mark = await fetch(`${url}/v1/marks`, { method: 'POST', body: '{"name":"x"}' })
    expect(mark.status).toBe(401)
    expect(((await mark.json()) as { error: { code: string } }).error.code).toBe('RW_DENIED')
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toContain('routewitness_findings{code="wrong-owner",severity="error"} 4')
    expect(metrics).toMatch(
      /routewitness_session_established\{node="node01",peer_asn="64513",router_id="10\.4\.94\.23"\} 1/,
    )
    expect((await fetch(`${url}/v1/nothing`)).status).toBe(404)
    const denied = await command('mark', 'x', '--server', url)
    expect(denied.stderr).toMatch(/naming an instant needs the token .*\n.*--token-file.*control socket/)
    expect(denied.code).toBe(5)
    expect((await command('wait', 'sessions', '--server', url)).code).toBe(0)
    for (const host of ['evil.example', '127.evil.example', '127.0.0.1.evil.example']) {
      expect(await statusWithHost(`${url}/v1/state`, host), host).toBe(401)
    }
    expect(await statusWithHost(`${url}/v1/state`, 'localhost:1')).toBe(200)
  })

  test('a reader that goes away ends a command quietly', async () => {
    const get = new RunningCommand(['get', 'events', '-w', '--socket', socket])
    await get.reads(/NODE/)
    get.closeOutput()
    await command('mark', 'somebody-writes', '--socket', socket)
    const { code, stderr } = await get.ended
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })

  test('get events -w --since tells what was before and goes on', async () => {
    await command('mark', 'then', '--socket', socket)
    await command('mark', 'past', '--socket', socket)
    const watch = new RunningCommand(['get', 'events', '-w', '--since', 'then', '--socket', socket])
    await watch.reads(/mark +past/)
    await command('mark', 'future', '--socket', socket)
    await watch.reads(/mark +future/)
    expect((await watch.reads(/EVENT +TIME[^]*future/))[0]).not.toContain('then')
    expect(await watch.stop('SIGINT')).toMatchObject({ code: 130, stderr: '' })
    const once = await command('get', 'events', '--since', 'past', '--server', url)
    expect(once.stdout).toMatch(/mark +future/)
  })

  test('Ctrl-C ends a wait without a word', async () => {
    const wait = new RunningCommand(['wait', 'routes', '--socket', socket])
    const [told] = await wait.says(/waiting for [^]*node01 .*\n/)
    const { code, stderr, stdout } = await wait.stop('SIGINT')
    expect(code).toBe(130)
    expect(stderr).toBe(told)
    expect(stdout).toBe('')
  })

  test('a name that was given before is taken and told, a number is no name', async () => {
    const first = await command('mark', 'twice', '--socket', socket)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    const event = /at event (\d+)/.exec(first.stdout)![1]
    const again = await command('mark', 'twice', '--socket', socket)
    expect(again.stderr).toContain(`given before, at event ${event}`)
    expect(again.code).toBe(0)
    const number = await command('mark', '42', '--socket', socket)
    expect(number.stderr).toContain('42 means event 42')
    expect(number.code).toBe(2)
  })

  test('a wait for a mark that does not exist is refused', async () => {
    const { code, stderr } = await command('wait', 'quiet', '1s', '--since', 'never', '--socket', socket)
    expect(stderr).toMatch(/there is no mark "never"; there are .*twice/)
    expect(stderr.match(/Make a mark with/g)).toHaveLength(1)
    expect(code).toBe(2)
  })
})

test.each([
  [['nonsense'], 2, 'unknown command'],
  [['serve', '--asn', '0'], 2, 'whole number from 1'],
  [['serve', '--colour'], 2, 'unknown option'],
  [['render', 'cilium'], 2, "required option '--router"],
  [['render', 'cilium', '--router', 'tor'], 2, '--router: "tor" is not an IPv4 address'],
  [['render', 'metallb', '--router', '10.0.0.1', '--pool', 'x'], 2, "--pool: 'x' has no prefix length"],
  [['lab', 'up', '--cilium', '1.11'], 2, '--cilium: the lab has no values for Cilium 1.11'],
  [['lab', 'status', '--name', 'never-made'], 5, 'there is no lab never-made'],
  [['serve', '--asn', '1', '--http', 'everywhere'], 2, 'everywhere is no address'],
  [['serve', '--asn', '1', '--http', '0.0.0.0:0'], 2, 'open to everybody'],
  [['serve', '--no-cluster', '--no-trace'], 2, 'asn'],
  [['check', '--socket', '/nonexistent/control.sock'], 5, 'nobody serves there'],
  [['check', '--trace', '/nonexistent'], 2, '[RW_TRACE]'],
  [['check', '--trace', 'here', '--socket', 'there'], 2, '--trace looks at a record'],
  [['wait', 'sessions', '0', '--socket', '/nonexistent'], 2, 'Give a number from 1'],
  [['get', 'events', '-w', '--trace', '/nonexistent'], 2, '--watch follows a running router'],
  [
    [
      'serve',
      '--asn',
      '1',
      '--listen',
      '127.0.0.1:0',
      '--no-trace',
      '--kubeconfig',
      '/nonexistent/kubeconfig',
    ],
    5,
    '[RW_CLUSTER]',
  ],
  [
    ['serve', '--asn', '1', '--listen', '127.0.0.1:0', '--no-trace', '--objects', '/nonexistent'],
    2,
    '[RW_OBJECTS]',
  ],
])('%j ends with %i and says why', async (args, code, text) => {
  const ended = await command(...args)
  expect(ended.stderr).toContain(text)
  expect(ended.code).toBe(code)
})

test('wait waits for the server too', async () => {
  const socket = join(directory, 'late.sock')
  const wait = new RunningCommand(['wait', 'quiet', '100ms', '--socket', socket])
  await wait.says(/waiting until somebody serves/)
  const serve = new RunningCommand([
    'serve',
    '--asn',
    '64512',
    '--listen',
    '127.0.0.1:0',
    '--no-cluster',
    '--no-trace',
    '--http',
    'off',
    '--socket',
    socket,
  ])
  expect((await wait.ended).code).toBe(0)
  expect((await serve.stop()).code).toBe(0)
})

test('serve goes on when nobody reads its messages any more', async () => {
  const socket = join(directory, 'deaf.sock')
  const serve = new RunningCommand([
    'serve',
    '--asn',
    '64512',
    '--listen',
    '127.0.0.1:0',
    '--no-cluster',
    '--no-trace',
    '--http',
    'off',
    '--socket',
    socket,
  ])
  await serve.says(/socket {3}/)
  serve.closeOutput()
  expect((await command('mark', 'one', '--socket', socket)).code).toBe(0)
  const { code } = await serve.stop()
  expect(code).toBe(0)
})

test('a record of a router that was killed is read to its end, and that is told', async () => {
  const trace = join(directory, 'killed')
  const socket = join(directory, 'killed.sock')
  const args = [
    '--listen',
    '127.0.0.1:0',
    '--no-cluster',
    '--http',
    'off',
    '--trace',
    trace,
    '--socket',
    socket,
  ]
  const serve = new RunningCommand(['serve', '--asn', '64512', ...args])
  await serve.says(/socket {3}/)
  await command('get', 'peers', '--at', '1', '--socket', socket)
  await serve.stop('SIGKILL')
  const events = await command('get', 'events', '--trace', trace)
  expect(events.stderr).toMatch(
    /^the record ends at \S+Z without a stop: the router was killed or still runs\n$/,
  )
  expect(events.stdout).toContain('router AS 64512 listens on')
  expect(events.code).toBe(0)
})

test('a wrong key of the configuration is named with file and line', async () => {
  const file = join(directory, 'wrong.yaml')
  writeFileSync(file, stringify({ asn: 64512, settle: '1s', peers: [{ from: '10.0.0.0/33' }] }))
  const { code, stderr } = await command('serve', '-f', file, '--no-cluster', '--no-trace')
  expect(stderr).toMatch(/wrong\.yaml:4: peers\[0\]\.from/)
  expect(code).toBe(2)
})

test('a port in use is named with what to do', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { code, stderr } = await command(
    'serve',
    '--asn',
    '64512',
    '--listen',
    `127.0.0.1:${port}`,
    '--no-cluster',
    '--no-trace',
    '--http',
    'off',
  )
  server.close()
  expect(stderr).toContain(`127.0.0.1:${port}`)
  expect(stderr).toContain('[RW_PORT_IN_USE]')
  expect(code).toBe(5)
})

test('an HTTP port in use is told once, with the flag that names another', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const http = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const { code, stderr } = await command(
    ...['serve', '--asn', '64512', '--listen', '127.0.0.1:0', '--no-cluster', '--no-trace'],
    ...['--socket', join(directory, 'http.sock'), '--http', http],
  )
  server.close()
  expect(stderr).toContain(`cannot serve on ${http}: the port is in use [RW_PORT_IN_USE]`)
  expect(stderr).toContain('choose another address with --http')
  expect(stderr).not.toContain('--listen')
  expect(code).toBe(5)
})

test('a folder that holds a trace is refused with the flag that goes on with it', async () => {
  const folder = join(directory, 'twice')
  const serve = (...more: string[]): RunningCommand =>
    new RunningCommand([
      ...['serve', '--asn', '64512', '--listen', '127.0.0.1:0', '--no-cluster', '--http', 'off'],
      ...['--socket', join(directory, 'twice.sock'), '--trace', folder, ...more],
    ])
  // As in the README: it is right the first time, too.
  for (let time = 0; time < 2; time++) {
    const running = serve('--resume')
    await running.says(/cluster {2}none/)
    expect((await running.stop('SIGINT')).code).toBe(130)
  }
  const { code, stderr } = await serve().ended
  expect(stderr).toContain('already holds a trace')
  expect(stderr).toContain('--resume')
  expect(code).toBe(2)
})

test('objects and no cluster contradict each other', async () => {
  const { code, stderr } = await command('serve', '--asn', '1', '--objects', directory, '--no-cluster')
  expect(stderr).toContain('--no-cluster compares with nothing')
  expect(code).toBe(2)
})

test.each([
  [['get', 'routs'], 'did you mean routes?'],
  [['drill', 'run', 'restart-agnt'], 'did you mean restart-agent?'],
  [['preflight', '--only', 'prots'], 'did you mean ports?'],
])('%j is refused with what was meant', async (args, question) => {
  const { code, stderr } = await command(...args)
  expect(stderr).toContain(question)
  expect(code).toBe(2)
})

test('the README and --help tell the same exit codes', async () => {
  const { stdout } = await command('--help')
  expect(stdout).toContain(`Exit codes: ${EXIT_CODES}`)
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`Exit codes: ${EXIT_CODES}`)
  expect(readme).toContain(DUMP_COMMAND.split(';')[0])
})

test('a dump lacks kinds: serve says so, and check waits for what settles by other objects', async () => {
  const socket = join(directory, 'dump.sock')
  const dump = join(directory, 'dump')
  mkdirSync(dump)
  const [node] = INCIDENT.nodes
  writeFileSync(
    join(dump, 'dump.json'),
    JSON.stringify({ kind: 'List', items: [ciliumNodeObject({ ...node!, pods: node!.announces })] }),
  )
  const serve = new RunningCommand([
    ...['serve', '--asn', '64512', '--listen', '127.0.0.1:0', '--http', 'off', '--socket', socket],
    ...['--objects', dump, '--settle', '4s', '--trace', join(directory, 'dump-trace')],
  ])
  const [, port] = await serve.says(/listens on 127\.0\.0\.1:(\d+)/)
  const [told = ''] = await serve.says(/cluster {2}.*/)
  expect(told).toMatch(/: 1 node; not in the dump: nodes, configmaps, .*endpointslices/)
  const peer = await RawPeer.dial(`127.0.0.1:${port}`)
  await peer.write(
    Buffer.concat([
      open({ identifier: node!.address, holdTime: 0 }),
      keepalive,
      update({ prefixes: [node!.announces] }),
    ]),
  )
  const peers = (): Promise<{ rows: PeerRow[] }> => ask({ socket }, 'GET', '/v1/peers')
  while ((await peers()).rows[0]?.routes !== 1) await new Promise((resolve) => setImmediate(resolve))
  const { code, stdout, stderr } = await command('check', '--socket', socket, '--objects', dump)
  expect(stderr).toContain('waiting until 1 route has settled (--now judges at once)')
  expect(stdout).not.toContain('not settled')
  expect(stdout).toContain('not judged')
  expect(stdout).toContain('note  not in the dump: nodes, ')
  expect(code).toBe(0)
  peer.reset()
  await serve.stop('SIGINT')
})

test('a trace that has no objects and no routes has nothing to check, which is no success', async () => {
  const trace = join(directory, 'empty-trace')
  const socket = join(directory, 'empty.sock')
  mkdirSync(join(directory, 'no-objects'))
  const serve = new RunningCommand([
    'serve',
    '--asn',
    '64512',
    '--listen',
    '127.0.0.1:0',
    '--no-cluster',
    '--http',
    'off',
    '--trace',
    trace,
    '--socket',
    socket,
  ])
  await serve.says(/socket {3}/)
  const live = await command('check', '--socket', socket)
  expect(live.code).toBe(2)
  expect(live.stderr).toContain('nothing to check')
  expect((await serve.stop('SIGINT')).code).toBe(130)
  const recorded = await command('check', '--trace', trace)
  expect(recorded.code).toBe(2)
  expect(recorded.stderr).not.toContain('without a stop')
})
