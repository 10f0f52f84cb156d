import { UserError } from '../../core/errors/user-error.ts'
import { gracefulRestart } from '../../core/session/negotiate.ts'
import type { SessionView } from '../../core/speaker/contract.ts'
import { familyName } from '../../core/wire/families.ts'
import { until } from '../../harness/until.ts'
import { asExpected, atMost, holds, none, same } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { FIRST_OPEN } from '../expectations.ts'
import { bits, openOf, peerOf } from '../facts.ts'
import { configuredFamilies, familiesOf, holdsAgain, settled } from '../moves.ts'
import { expectationFor } from '../versions.ts'

/** Capability code → its name, for those that Cilium always sends. */
const ALWAYS = { 1: 'multiprotocol', 2: 'route refresh', 65: '4-octet AS', 73: 'FQDN' } as const

/** S01: from nothing to every selected node announcing its own; a node that is not selected never connects. */
export const coldStart: Drill = {
  id: 'S01',
  name: 'cold-start',
  does: 'installs Cilium and configures BGP from nothing, with one node that is not selected',
  needs: { gracefulRestart: 'any' },
  uses: ['node'],
  source: 'installation and BGP control plane configuration',
  seconds: 25,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { cluster, router, nodes, node: outside } = stage
  if (nodes.length < 2)
    throw new UserError('RW_LAB', 'S01 wants two nodes: one of them is not selected, and must not connect')
  const asn = peerOf(router.observer, outside)?.asn
  const families = await configuredFamilies(cluster)
  const selected = nodes.filter((node) => node !== outside)
  const whole = stage.undo('Cilium installed and BGP configured', async () => {
    await cluster.install()
    await cluster.configureBgp()
  })
  const reselect = stage.undo(`${outside} selected again`, () => cluster.select(outside, true))
  await stage.step('Cilium and its BGP resources are taken away', () => cluster.uninstall())
  await stage.step(`${outside} is not selected`, () => cluster.select(outside, false))

  const quiet = router.window('installed, not configured')
  await stage.step('Cilium is installed, BGP not configured', async () => {
    await cluster.install()
    await stage.pause(5e6)
  })
  await quiet.close()
  stage.bar(
    none(
      { name: 'nobody connects before BGP is configured', source: 'S01' },
      quiet.established(),
      ({ node }) => node,
    ),
  )
  const window = router.window('cold start')
  await stage.step('BGP is configured', async () => {
    await cluster.configureBgp()
    whole()
    await holdsAgain(stage, selected, window)
  })
  await stage.wait(until.quiet('2s'))
  await stage.wait(settled(router.observer))
  await window.close()

  stage.bar(
    none(
      { name: 'a node that is not selected never connects', node: outside, source: 'S01; nodeSelector' },
      window.established({ node: outside }),
      ({ node }) => node,
    ),
  )
  for (const node of selected) judgeNode(stage, node, { asn, families }, window)
  const findings = router.observer.verdict().findings.filter(({ severity }) => severity === 'error')
  stage.bar(
    holds(
      { name: 'the announced routes are what the cluster allocates', source: 'S01' },
      'no finding',
      findings.length === 0
        ? 'no finding'
        : findings.map(({ code, node, prefix }) => `${code} ${node} ${prefix ?? ''}`).join('; '),
      findings.length === 0,
    ),
  )
  await stage.step(`${outside} is selected again`, async () => {
    const mark = router.mark('selected again')
    await cluster.select(outside, true)
    reselect()
    await holdsAgain(stage, [outside], mark)
  })
}

function judgeNode(
  stage: Stage,
  node: string,
  configured: { readonly asn: number | undefined; readonly families: readonly string[] },
  window: ReturnType<Stage['router']['window']>,
): void {
  const { router, version, parameters } = stage
  const peer = peerOf(router.observer, node)
  const session = peer?.established
  const up = window.established({ node })
  const routes = window.announcements({ node })
  const ends = window.endOfRibs({ node })
  stage.bar(
    holds(
      { name: 'one session', node, source: 'S01', evidence: up.map(({ seq }) => seq) },
      '1',
      String(up.length),
      up.length === 1,
    ),
    same(
      { name: 'its AS', node, source: 'CiliumBGPClusterConfig localASN' },
      String(configured.asn),
      String(peer?.asn),
    ),
    same(
      { name: 'its hold time', node, source: 'CiliumBGPPeerConfig holdTimeSeconds' },
      `${parameters.holdTime / 1e6} s`,
      `${session?.received?.holdTime} s`,
    ),
    capabilities(node, session),
    same(
      { name: 'its families', node, source: 'CiliumBGPPeerConfig families' },
      configured.families.join(', '),
      offeredFamilies(session).join(', ') || 'none',
    ),
    same(
      {
        name: 'its host name (FQDN capability)',
        node,
        source: 'S01: the name of the node',
        otherwise: 'warn',
      },
      'the name of the node',
      hostOf(session) === node ? 'the name of the node' : (hostOf(session) ?? 'none'),
    ),
    atMost(
      { name: 'routes follow Established', node, source: 'S01: no session without routes for longer' },
      routes[0] === undefined || up[0] === undefined ? undefined : Math.max(0, routes[0].at - up[0].at),
      10e6,
    ),
  )
  if (gracefulRestart(session?.received) === undefined) return
  const open = expectationFor(FIRST_OPEN, version)
  const promised = openOf(router.observer, node)?.time
  const late = routes.filter(
    ({ family, seq, change }) =>
      change !== 'same' && ends.some((end) => end.family === family && end.seq < seq),
  )
  stage.bar(
    asExpected({ name: 'graceful restart in its OPEN', node }, open, bits(openOf(router.observer, node))),
    same(
      { name: 'its restart time', node, source: 'CiliumBGPPeerConfig gracefulRestart.restartTimeSeconds' },
      `${(parameters.restartTime ?? 0) / 1e6} s`,
      `${(promised ?? 0) / 1e6} s`,
    ),
    same(
      {
        name: 'End-of-RIB of every family',
        node,
        source: 'RFC 4724 §2',
        evidence: ends.map(({ seq }) => seq),
      },
      familiesOf(router.observer, node).sort().join(', '),
      [...new Set(ends.map(({ family }) => family))].sort().join(', ') || 'none',
    ),
    none(
      { name: 'End-of-RIB comes after the routes', node, source: 'RFC 4724 §2; S01' },
      late,
      ({ prefix }) => prefix,
    ),
  )
}

const offeredFamilies = (session: SessionView | undefined): string[] =>
  (session?.received?.capabilities ?? [])
    .flatMap((capability) => (capability.code === 1 ? [familyName(capability.family)] : []))
    .sort()

const hostOf = (session: SessionView | undefined): string | undefined =>
  session?.received?.capabilities.find((capability) => capability.code === 73)?.host

/** What else it sends differs with GoBGP's version and is nobody's promise. */
function capabilities(node: string, session: SessionView | undefined): ReturnType<typeof holds> {
  const sent = new Set((session?.received?.capabilities ?? []).map(({ code }) => Number(code)))
  const lacking = Object.entries(ALWAYS).filter(([code]) => !sent.has(Number(code)))
  return holds(
    { name: 'its capabilities', node, source: 'S01; measured on 1.18.11, 1.19.7 and 1.20.2' },
    `among them ${Object.keys(ALWAYS).join(', ')}`,
    lacking.length === 0
      ? [...sent].sort((a, b) => a - b).join(', ')
      : `without ${lacking.map(([, name]) => name).join(', ')}`,
    lacking.length === 0,
  )
}
