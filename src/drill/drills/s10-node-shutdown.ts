import { describeCause } from '../../core/session/describe.ts'
import { until } from '../../harness/until.ts'
import type { Window } from '../../harness/contract.ts'
import { asExpected, atMost, holds, info, none, seconds } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { UNSELECT } from '../expectations.ts'
import { openOf, restartsOf, routeLines } from '../facts.ts'
import { othersUndisturbed } from '../judge-restart.ts'
import { closedSince, holdsAgain, ownPrefixes } from '../moves.ts'
import { expectationFor } from '../versions.ts'

/** S10: drain, unselect, wait, power off; the machine goes when nobody sends to it any more. */
export const nodeShutdown: Drill = {
  id: 'S10',
  name: 'node-shutdown',
  does: 'shuts a node down by the documented steps: drain, unselect, wait, power off',
  needs: { gracefulRestart: 'any', services: true, abilities: ['services'] },
  uses: ['node'],
  source: 'Cilium BGP operations guide, "Shutting down a Node"',
  seconds: 25,
  choose: (stage) => stage.nodes.find((node) => localPrefixes(stage, node).length > 0),
  run,
}

async function run(stage: Stage): Promise<void> {
  const { cluster, router, node, nodes, version } = stage
  const local = localPrefixes(stage, node)
  const own = ownPrefixes(router.observer, node)
  const graceful = openOf(router.observer, node) !== undefined

  const uncordoned = stage.undo(`${node} uncordoned`, () => cluster.uncordon(node))
  const draining = router.window(`${node} is drained`)
  await stage.step(`${node} is drained`, async () => {
    await cluster.drain(node)
    await stage.wait(until.quiet('2s', { since: draining }))
  })
  await draining.close()
  judgeDrain(stage, draining, local, own)

  const selected = stage.undo(`${node} selected`, () => cluster.select(node, true))
  const leaving = router.window(`${node} is unselected`)
  let unselectedAt = 0
  await stage.step(`${node} is unselected`, async () => {
    unselectedAt = router.now
    await cluster.select(node, false)
    await stage.wait(closedSince(router.observer, node, leaving))
  })
  await stage.wait(until.quiet('1s'))
  const [restart] = restartsOf(leaving, node)
  const said = leaving.notifications({ node }).filter(({ direction }) => direction === 'in')
  const gone = leaving.withdrawals({ node })
  const removed = gone.at(-1)?.at
  const theory = expectationFor(UNSELECT[graceful ? 'on' : 'off'], version)
  await leaving.close()
  stage.bar(
    asExpected(
      { name: 'exactly one NOTIFICATION, and which', node, evidence: said.map(({ seq }) => seq) },
      theory,
      said.map(({ code, subcode }) => `NOTIFICATION ${code}/${subcode}`).join(', ') || 'none',
    ),
    atMost(
      {
        name: 'its routes go with it',
        node,
        source: 'S10: under 1 s in both',
        evidence: gone.map(({ seq }) => seq),
      },
      removed === undefined || restart === undefined ? undefined : removed - restart.closed.at,
      1e6,
    ),
    none({ name: 'none of its routes is left', node, source: 'S10' }, left(stage), ({ text }) => text),
    info(
      {
        name: 'kept as stale after the NOTIFICATION',
        node,
        source: 'the guide predicts retention by RFC 8538 peers',
      },
      'the guide: until the stale timer; RFC 8538 §3: a Hard Reset ends retention',
      restart === undefined || restart.stale.length === 0
        ? `not kept (${restart === undefined ? 'no end' : describeCause(restart.closed.cause)})`
        : `kept, ${restart.stale.length} families`,
    ),
    othersUndisturbed(leaving, nodes, [node]),
  )

  const off = router.window(`${node} is off`)
  const on = stage.undo(`${node} on`, () => cluster.power(node, 'on'))
  let stoppedAt = 0
  await stage.step(`${node} is powered off`, async () => {
    stoppedAt = router.now
    await cluster.power(node, 'off')
    await stage.pause(3e6)
  })
  await off.close()
  stage.bar(
    none(
      { name: 'nothing happens any more when it is off', node, source: 'S10' },
      [...off.withdrawals(), ...off.flaps()],
      (row) => row.node,
    ),
    holds(
      { name: 'black hole (power off − last route gone)', node, source: 'S10: at most 0' },
      'at most 0 s',
      removed === undefined ? 'its routes did not go' : seconds(removed - stoppedAt),
      removed !== undefined && removed <= stoppedAt,
    ),
  )
  if (removed !== undefined)
    stage.note(
      `from unselecting to the last route gone ${seconds(removed - unselectedAt)}: wait at least that long before power off`,
    )

  await stage.step(`${node} returns`, async () => {
    const mark = router.mark(`${node} returns`)
    await cluster.power(node, 'on')
    on()
    await cluster.select(node, true)
    selected()
    await cluster.uncordon(node)
    uncordoned()
    await holdsAgain(stage, [node], mark)
  })
}

/** Prefixes of Services that the node alone announces and that are no pod CIDRs: policy Local, with an end point there. */
function localPrefixes({ router }: Stage, node: string): string[] {
  const pods = ownPrefixes(router.observer, node)
  const lines = routeLines(router.observer).map((line) => line.split(' '))
  return lines
    .filter(([who, prefix]) => who === node && prefix !== undefined && !pods.includes(prefix))
    .map(([, prefix]) => prefix!)
    .filter((prefix) => lines.filter(([, other]) => other === prefix).length === 1)
}

function judgeDrain(stage: Stage, window: Window, local: readonly string[], own: readonly string[]): void {
  const { node } = stage
  const gone = window.withdrawals({ node })
  const wrong = gone.filter(({ prefix }) => !local.includes(prefix))
  const missing = local.filter(
    (prefix) => !gone.some((row) => row.prefix === prefix && row.cause.kind === 'wire'),
  )
  stage.bar(
    none(
      { name: 'drained: pod CIDRs and VIPs of policy Cluster stay', node, source: 'S10' },
      wrong,
      ({ prefix }) => prefix,
    ),
    holds(
      {
        name: 'drained: VIPs of policy Local are withdrawn by UPDATE',
        node,
        source: 'S10; measured on 1.18.11, 1.19.7 and 1.20.2 (end point gone)',
        evidence: gone.map(({ seq }) => seq),
        // A node without any shows nothing of it, right or wrong.
        otherwise: local.length === 0 ? 'warn' : 'fail',
      },
      local.join(', ') || 'at least one',
      missing.length === 0 ? local.join(', ') || 'there are none' : `still there: ${missing.join(', ')}`,
      local.length > 0 && missing.length === 0,
    ),
  )
  stage.note(`${node} has ${own.length} pod CIDRs and ${local.length} VIPs of policy Local`)
}

function left(stage: Stage): { seq: number; text: string }[] {
  return routeLines(stage.router.observer)
    .filter((line) => line.startsWith(`${stage.node} `))
    .map((text) => ({ seq: stage.router.observer.world.lastEvent.seq, text }))
}
