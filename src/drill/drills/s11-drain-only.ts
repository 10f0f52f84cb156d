import { until } from '../../harness/until.ts'
import { between, holds, none, seconds } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
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
  let off = 0
  await stage.step(`${node} is powered off`, async () => {
    off = router.now
    await cluster.power(node, 'off')
    await stage.wait(closedSince(router.observer, node, window), parameters.holdTime + 30e6)
  })
  await stage.step('its routes go', () =>
    stage.wait(withdrawnSince(router.observer, node, window), restartTime + 30e6),
  )
  await stage.wait(until.quiet('1s'))
  await window.close()

  const gone = window.withdrawals({ node })
  const [restart] = restartsOf(window, node)
  const pods = gone.filter(({ prefix }) => own.includes(prefix))
  const cost = gone.at(-1) === undefined ? undefined : gone.at(-1)!.at - off
  const why = restartTime === 0 ? 'hold time' : 'hold time + restart time'
  stage.bar(
    // The hold time counts from the last KEEPALIVE, which came up to a keepalive interval before.
    between(
      {
        name: 'the black hole lasts as long as theory says',
        node,
        source: `S11: ${why} = ${seconds(theory)} from the last KEEPALIVE on, ± 2 s`,
        evidence: gone.map(({ seq }) => seq),
      },
      cost,
      theory - parameters.holdTime / 3 - TOLERANCE,
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
  if (cost !== undefined) stage.note(`cost of forgetting to unselect ${node}: ${seconds(cost)} of black hole`)

  await stage.step(`${node} returns`, async () => {
    const mark = router.mark(`${node} returns`)
    await cluster.power(node, 'on')
    on()
    await cluster.uncordon(node)
    uncordoned()
    await holdsAgain(stage, [node], mark)
  })
}
