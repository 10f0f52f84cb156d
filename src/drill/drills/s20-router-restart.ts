import { until } from '../../harness/until.ts'
import { routeRows } from '../../harness/views.ts'
import { asExpected, atMost, seconds } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { LATER_OPEN, RECONNECT } from '../expectations.ts'
import { bits, difference, openOf, peerOf, routeLines } from '../facts.ts'
import { sameRoutes } from '../judge-restart.ts'
import { expectationFor } from '../versions.ts'

/** S20: the router goes away and returns; every agent dials again and sends everything at once. */
export const routerRestart: Drill = {
  id: 'S20',
  name: 'router-restart',
  does: 'stops the router for a while; the agents run on',
  needs: { gracefulRestart: 'any' },
  uses: ['span'],
  source: 'maintenance of a top-of-rack router',
  seconds: 40,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { router, nodes, version, parameters } = stage
  const before = routeLines(router.observer)
  const graceful = openOf(router.observer, stage.node) !== undefined
  let started = 0
  await stage.step(`the router is away for ${seconds(parameters.span)}`, async () => {
    const back = stage.undo('router started', () => router.start())
    await router.stop()
    await stage.pause(parameters.span)
    started = router.now
    await router.start()
    back()
  })
  // Agents dial while the router still reads the cluster's objects: no window begins early enough.
  await stage.step('all sessions and routes are back', async () => {
    await stage.wait(until.sessions([...nodes]))
    await stage.wait(until.routes())
  })
  await stage.wait(until.quiet('1s'))

  const reconnect = expectationFor(RECONNECT, version)
  const later = expectationFor(LATER_OPEN, version)
  const routes = routeRows(router.observer).sort((a, b) => a.since - b.since)
  for (const node of nodes) {
    const session = peerOf(router.observer, node)?.established
    const established = session?.establishedAt
    const [first] = routes.filter((row) => row.node === node).map(({ since }) => since)
    const took = session === undefined ? undefined : session.openedAt - started
    stage.bar(
      reconnect === undefined
        ? asExpected({ name: 'connects again', node }, undefined, took === undefined ? 'no' : seconds(took))
        : atMost(
            { name: 'connects again', node, source: reconnect.source, versions: reconnect.versions },
            took,
            reconnect.value.retries * parameters.connectRetry + reconnect.value.idle,
          ),
    )
    stage.bar(
      atMost(
        {
          name: 'its routes come right after Established',
          node,
          source: 'S20: no restart, so no waiting for End-of-RIB',
        },
        first === undefined || established === undefined ? undefined : Math.max(0, first - established),
        1e6,
      ),
    )
    if (graceful)
      stage.bar(
        asExpected(
          { name: 'its OPEN says that it did not restart', node },
          later,
          bits(openOf(router.observer, node)),
        ),
      )
  }
  const after = routeLines(router.observer)
  stage.bar(sameRoutes(before, difference(before, after), 'S20'))
}
