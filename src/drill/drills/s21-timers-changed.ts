import { until } from '../../harness/until.ts'
import { asExpected, between, none, same } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { RESET_OPEN, TIMERS_CHANGED } from '../expectations.ts'
import { bits, difference, openOf, peerOf, restartsOf, routeLines } from '../facts.ts'
import { endsOnce, sameRoutes } from '../judge-restart.ts'
import { closedSince, holdsAgain } from '../moves.ts'
import { expectationFor } from '../versions.ts'

/** S21: other timers in the PeerConfig reset every session once; with the N bit the routes stay meanwhile. */
export const timersChanged: Drill = {
  id: 'S21',
  name: 'timers-changed',
  does: 'changes hold and keepalive time of the peer configuration',
  needs: { gracefulRestart: 'any' },
  uses: [],
  source: 'CiliumBGPPeerConfig spec.timers',
  seconds: 35,
  run,
}

interface Timers {
  readonly holdTimeSeconds?: number
  readonly keepAliveTimeSeconds?: number
}

async function run(stage: Stage): Promise<void> {
  const { cluster, router, nodes } = stage
  const spec = await cluster.bgpSpec('ciliumbgppeerconfig', cluster.peerConfig)
  const timers = (spec['timers'] ?? {}) as Timers
  const hold = (timers.holdTimeSeconds ?? 90) + 3
  const put = (values: Timers): Promise<void> =>
    cluster.patchBgp('ciliumbgppeerconfig', cluster.peerConfig, {
      timers: {
        holdTimeSeconds: values.holdTimeSeconds ?? null,
        keepAliveTimeSeconds: values.keepAliveTimeSeconds ?? null,
      },
    })
  const undone = stage.undo('timers as they were', () => put(timers))
  const before = routeLines(router.observer)
  const graceful = openOf(router.observer, stage.node)?.notification === true
  const window = router.window('timers changed')
  await stage.step(`hold time ${timers.holdTimeSeconds ?? 90} → ${hold} s`, async () => {
    await put({ holdTimeSeconds: hold, keepAliveTimeSeconds: Math.floor(hold / 3) })
    for (const node of nodes) await stage.wait(closedSince(router.observer, node, window))
  })
  await stage.step('all sessions and routes are back', () => holdsAgain(stage, nodes, window))
  await stage.wait(until.quiet('1s'))
  await window.close()
  for (const node of nodes) judge(stage, window, node, hold, graceful)
  stage.bar(sameRoutes(before, difference(before, routeLines(router.observer)), 'S21'))

  await stage.step('the timers are put back', async () => {
    const mark = router.mark('timers put back')
    await put(timers)
    undone()
    for (const node of nodes) await stage.wait(closedSince(router.observer, node, mark))
    await holdsAgain(stage, nodes, mark)
  })
}

function judge(
  stage: Stage,
  window: ReturnType<Stage['router']['window']>,
  node: string,
  hold: number,
  graceful: boolean,
): void {
  const { router, version } = stage
  const restarts = restartsOf(window, node)
  const said = window.notifications({ node }).filter(({ direction }) => direction === 'in')
  const expected = expectationFor(TIMERS_CHANGED, version)
  const open = expectationFor(RESET_OPEN, version)
  stage.bar(
    asExpected(
      { name: 'one reset, and its reason', node, evidence: said.map(({ seq }) => seq) },
      expected,
      said
        .map(({ code, subcode, text }) => `NOTIFICATION ${code}/${subcode} ${text ?? ''}`.trim())
        .join(', ') || 'none',
    ),
    endsOnce({ name: 'its session ends once', node, source: 'S21' }, restarts),
    between(
      {
        name: 'it is back',
        node,
        source: 'S21: idle hold of 5 s after a reset; measured 6 to 7 s',
        otherwise: 'warn',
      },
      restarts[0]?.back,
      4.5e6,
      15e6,
    ),
    same(
      { name: 'the new hold time', node, source: 'S21' },
      `${hold} s`,
      `${peerOf(router.observer, node)?.established?.received?.holdTime} s`,
    ),
  )
  if (!graceful) return
  const lost = window.withdrawals({ node })
  // With F=0 a strict helper deletes and takes them again; with F=1 nothing is lost.
  const keeps = openOf(router.observer, node)?.forwarding === true
  stage.bar(
    none(
      {
        name: keeps ? 'no route is withdrawn' : 'no route goes before its OPEN with F=0',
        node,
        source: 'RFC 8538 §4.1: N bit on both sides',
      },
      lost.filter(({ cause }) => keeps || cause.kind !== 'stale-flush' || cause.why !== 'f-bit-clear'),
      ({ prefix, cause }) => `${prefix} (${cause.kind === 'stale-flush' ? cause.why : cause.kind})`,
    ),
    asExpected({ name: 'its OPEN after the reset', node }, open, bits(openOf(router.observer, node))),
  )
}
