import { until } from '../../harness/until.ts'
import { asExpected, atMost, holds, info, seconds } from '../bars.ts'
import type { Bar, Drill, DrillRouter, Stage } from '../contract.ts'
import { SECOND_ROUTER, SILENCE } from '../expectations.ts'
import { bits, openOf, peerOf } from '../facts.ts'
import { establishedSince, restartAgent, restartTimeOf } from '../moves.ts'
import { expectationFor, type Expectation } from '../versions.ts'

/** Routes that come within this after Established did not wait for anybody. */
const PROMPT = 4e6

/** S23: two routers, one of them dead, and an agent restarts: what the healthy one gets, and when. */
export const twoRouters: Drill = {
  id: 'S23',
  name: 'two-routers',
  does: 'adds a second router, stops it, restarts one agent: is the healthy router kept waiting?',
  needs: { gracefulRestart: 'on', abilities: ['second-router'] },
  uses: ['node', 'delay', 'span'],
  source: 'measured in the native lab; GoBGP v4 receivedAllEOR',
  defaults: { restartTime: 120e6 },
  seconds: 75,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { cluster, router, node, version } = stage
  const peerGone = stage.undo('second peer removed from the configuration', () => cluster.removePeer())
  let other: DrillRouter | undefined
  const stopped = stage.undo('second router stopped', async () => other?.stop())
  await stage.step('a second router joins', async () => {
    other = await router.second(await cluster.addPeer())
    await other.wait(until.sessions('all'), stage.parameters.timeout)
    await other.wait(until.routes(), stage.parameters.timeout)
    await stage.wait(until.quiet('1s', { since: router.mark('two routers') }))
  })
  if (other === undefined) return
  await bothAlive(stage, other)

  const second = other
  await stage.step('the second router is stopped', async () => {
    await second.stop()
    stopped()
    await stage.pause(3e6)
  })
  const restartTime = restartTimeOf(router.observer, node)
  const window = router.window(`${node} restarts, one router dead`)
  await restartAgent(stage, node, 'SIGTERM')
  await stage.step('its session with the healthy router is back', () =>
    stage.wait(establishedSince(router.observer, node, window)),
  )
  const up = peerOf(router.observer, node)?.established?.establishedAt ?? router.now
  const open = bits(openOf(router.observer, node))
  const expected = expectationFor(SILENCE, version)
  const watch = expected === undefined || expected.value === 0 ? 5e6 : stage.parameters.span
  await stage.step(`the healthy router waits for routes for ${seconds(watch)}`, () => stage.pause(watch))
  const firstOf = (): number | undefined => window.announcements({ node }).find(({ at }) => at >= up)?.at
  const silentFor = (firstOf() ?? router.now) - up
  const silent = firstOf() === undefined
  const kept = silentFor > PROMPT
  const askedAt = router.now
  if (silent) {
    await stage.step('the healthy router asks for routes (ROUTE-REFRESH)', async () => {
      router.refresh()
      await stage.pause(2e6)
    })
  }
  await stage.wait(until.quiet('1s'))
  await window.close()
  const waiting = (theory: Expectation<number> | undefined): Bar => {
    const claim = {
      name: 'is the healthy router kept waiting',
      node,
      evidence: window.established({ node }).map(({ seq }) => seq),
    }
    const saw = kept
      ? `yes, ${seconds(silentFor)}${silent ? ' and on' : ''}`
      : `no, routes after ${seconds(silentFor)}`
    if (theory === undefined) return asExpected(claim, undefined, saw)
    return holds(
      { ...claim, source: theory.source, versions: theory.versions },
      theory.value === 0
        ? 'no'
        : `yes, ${theory.value / 1e6} s or until something changes (watched ${seconds(watch)})`,
      saw,
      kept === theory.value > 0,
    )
  }
  stage.bar(
    info(
      { name: 'its OPEN to the healthy router', node, source: 'measured on 1.20.2', versions: '>=1.20' },
      'R=1 N=1 F=1',
      open,
    ),
    waiting(expected),
  )
  if (kept)
    stage.bar(
      holds(
        {
          name: 'the restart time outlasts the silence',
          node,
          source: 'S23: a helper that flushes after the restart time loses the routes',
          otherwise: 'warn',
        },
        `more than ${seconds(expected?.value ?? 0)}`,
        seconds(restartTime),
        restartTime > (expected?.value ?? 0),
      ),
    )
  if (silent) {
    const answered = firstOf()
    stage.bar(
      atMost(
        { name: 'the way out: routes after ROUTE-REFRESH', node, source: 'measured on 1.20.2: 1 ms' },
        answered === undefined ? undefined : answered - askedAt,
        1e6,
      ),
    )
    stage.note(
      'ways out: onSilence: refresh; graceful restart off for the router that is down; any change of an advertisement',
    )
  }
  await stage.step('the second peer is removed', async () => {
    await cluster.removePeer()
    peerGone()
    await stage.wait(until.quiet('1s'))
  })
}

/** Both routers alive: what an agent's first OPENs say to each. */
async function bothAlive(stage: Stage, other: DrillRouter): Promise<void> {
  const { router, node, version } = stage
  const here = router.window(`${node} restarts, both routers alive`)
  const there = other.window(`${node} restarts, both routers alive`)
  await restartAgent(stage, node, 'SIGTERM')
  await stage.step('both sessions are back', async () => {
    await stage.wait(establishedSince(router.observer, node, here))
    await other.wait(establishedSince(other.observer, node, there), stage.parameters.timeout)
    await stage.wait(until.routes())
  })
  await here.close()
  await there.close()
  const opens = [bits(openOf(router.observer, node)), bits(openOf(other.observer, node))].sort().reverse()
  const expected = expectationFor(SECOND_ROUTER, version)
  stage.bar(
    asExpected(
      { name: 'both routers alive: its first OPEN to each', node },
      expected && { ...expected, value: expected.value.join(' and ') },
      opens.join(' and '),
    ),
  )
}
