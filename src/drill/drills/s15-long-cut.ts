import { plural } from '../../core/errors/plural.ts'
import { until } from '../../harness/until.ts'
import { asExpected, atMost, holds, seconds } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { LATER_OPEN } from '../expectations.ts'
import { bits, difference, openOf, restartsOf, routeLines } from '../facts.ts'
import { endsByHoldTimer, othersUndisturbed, sameRoutes } from '../judge-restart.ts'
import { holdsAgain } from '../moves.ts'
import { expectationFor } from '../versions.ts'

/** S15: a link fails for longer than the hold time; the agent lives, so its new OPEN has F=0 and stale routes must go. */
export const longCut: Drill = {
  id: 'S15',
  name: 'long-cut',
  does: 'drops the packets of one node for longer than the hold time, graceful restart on',
  needs: { gracefulRestart: 'on', abilities: ['cut'] },
  uses: ['node', 'span'],
  source: 'indirect link failure; RFC 4724 §4.2',
  seconds: 40,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { cluster, router, node, nodes, version, parameters } = stage
  const before = routeLines(router.observer)
  const window = router.window(`link of ${node}`)
  const span = Math.max(parameters.span, parameters.holdTime + 5e6)
  const restored = stage.undo(`link of ${node} restored`, async () => void (await cluster.cut(node, false)))
  let restoredAt = 0
  await stage.step(`the link of ${node} is cut for ${seconds(span)}`, async () => {
    await cluster.cut(node, true)
    await stage.pause(span)
    await cluster.cut(node, false)
    restored()
    restoredAt = router.now
  })
  await stage.step('its session and its routes are back', () => holdsAgain(stage, [node], window))
  await stage.wait(until.quiet('1s'))
  await window.close()

  const [restart] = restartsOf(window, node)
  const open = expectationFor(LATER_OPEN, version)
  const gone = window.withdrawals({ node })
  const absences = window.absences({ node })
  const gap = absences.length === 0 ? undefined : Math.max(...absences.map((absence) => absence.span))
  const held = before.filter((line) => line.startsWith(`${node} `)).length
  stage.bar(
    endsByHoldTimer('the hold timer ends the session', node, restart),
    holds(
      { name: 'its routes are kept as stale meanwhile', node, source: 'RFC 8538 §4.1: N bit on both sides' },
      plural(held, 'route'),
      `${(restart?.stale ?? []).reduce((sum, { routes }) => sum + routes, 0)} routes`,
      (restart?.stale ?? []).reduce((sum, { routes }) => sum + routes, 0) === held,
    ),
    asExpected({ name: 'its OPEN: the same process', node }, open, bits(openOf(router.observer, node))),
    holds(
      {
        name: 'F=0: the stale routes go at once',
        node,
        source: 'RFC 4724 §4.2',
        evidence: gone.map(({ seq }) => seq),
      },
      `${plural(held, 'route')}, f-bit-clear`,
      `${plural(gone.length, 'route')}, ${[...new Set(gone.map(({ cause }) => (cause.kind === 'stale-flush' ? cause.why : cause.kind)))].join(', ') || 'none'}`,
      gone.length === held &&
        gone.every(({ cause }) => cause.kind === 'stale-flush' && cause.why === 'f-bit-clear'),
    ),
    atMost(
      { name: 'and are there again soon', node, source: 'S15; measured 1 to 10 ms', otherwise: 'warn' },
      gap,
      1e6,
    ),
    sameRoutes(before, difference(before, routeLines(router.observer)), 'S15'),
    othersUndisturbed(window, nodes, [node]),
  )
  if (gap !== undefined) stage.note(`gap in the routes of ${node}: ${seconds(gap)}`)
  if (restart?.back !== undefined)
    stage.note(`packets pass → Established: ${seconds(restart.closed.at + restart.back - restoredAt)}`)
}
