import { until } from '../../harness/until.ts'
import { between, holds, none, seconds } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { listenTo } from '../dead-node.ts'
import { restartsOf } from '../facts.ts'
import { endsByHoldTimer, othersUndisturbed } from '../judge-restart.ts'
import { closedSince, holdsAgain, ownPrefixes, restartTimeOf, withdrawnSince } from '../moves.ts'

const TOLERANCE = 2e6

/** S11: what people forget: drained, not unselected, off. The black hole lasts as long as theory says. */
export const drainOnly: Drill = {
  id: 'S11',
  name: 'drain-only',
  does: 'drains a node and powers it off without unselecting it: what that costs',
  needs: { gracefulRestart: 'any', services: true, abilities: ['services', 'power'] },
  uses: ['node'],
  source: 'Cilium BGP operations guide, step 2 forgotten',
  defaults: { restartTime: 15e6 },
  seconds: 45,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { cluster, router, node, nodes, parameters } = stage
  const restartTime = restartTimeOf(router.observer, node)
  const theory = parameters.holdTime + restartTime
  const own = ownPrefixes(router.observer, node)
  const uncordoned = stage.undo(`${node} uncordoned`, () => cluster.uncordon(node))
  await stage.step(`${node} is drained`, async () => {
    await cluster.drain(node)
    await stage.wait(until.quiet('2s', { since: router.mark('drained') }))
  })
  const on = stage.undo(`${node} on`, () => cluster.power(node, 'on'))
  const window = router.window(`${node} is off`)
  const ear = listenTo(stage, node)
  let off = 0
  try {
    await stage.step(`${node} is powered off`, async () => {
      await ear.first()
      await cluster.power(node, 'off')
      off = router.now
      await stage.wait(closedSince(router.observer, node, window), parameters.holdTime + 30e6)
    })
  } finally {
    ear.end()
  }
  await stage.step('its routes go', () =>
    stage.wait(withdrawnSince(router.observer, node, window), restartTime + 30e6),
  )
  await stage.wait(until.quiet('1s'))
  await window.close()

  const gone = window.withdrawals({ node })
  const [restart] = restartsOf(window, node)
  const pods = gone.filter(({ prefix }) => own.includes(prefix))
  const { lastHeard } = ear.split(off)
  const end = gone.at(-1)?.at
  const why = restartTime === 0 ? 'hold time' : 'hold time + restart time'
  stage.bar(
    between(
      {
        name: 'the black hole lasts as long as theory says',
        node,
        source: `S11: ${why} = ${seconds(theory)} from its last message on, ± 2 s`,
        evidence: gone.map(({ seq }) => seq),
      },
      end === undefined ? undefined : end - lastHeard,
      theory - TOLERANCE,
      theory + TOLERANCE,
    ),
    endsByHoldTimer('the hold timer ends the session', node, restart),
    holds(
      { name: 'its pod CIDRs stay until then', node, source: 'S11' },
      `${own.length} pod CIDRs gone in the end`,
      `${pods.length} pod CIDRs gone in the end`,
      pods.length === own.length,
    ),
    none(
      { name: 'none goes before the session ends', node, source: 'S11' },
      gone.filter(({ at }) => restart === undefined || at < restart.closed.at),
      ({ prefix }) => prefix,
    ),
    othersUndisturbed(window, nodes, [node]),
  )
  if (end !== undefined)
    stage.note(`cost of forgetting to unselect ${node}: ${seconds(end - off)} of black hole`)

  await stage.step(`${node} returns`, async () => {
    const mark = router.mark(`${node} returns`)
    await cluster.power(node, 'on')
    on()
    await cluster.uncordon(node)
    uncordoned()
    await holdsAgain(stage, [node], mark)
  })
}
