import { holds, none } from '../bars.ts'
import type { Drill, Stage } from '../contract.ts'
import { routeLines } from '../facts.ts'
import { othersUndisturbed } from '../judge-restart.ts'
import { closedSince, holdsAgain, ownPrefixes, settled } from '../moves.ts'
import { until } from '../../harness/until.ts'

/** S24: a node is deleted and joins again; its CIDR is another one, and the old one is nobody's. */
export const nodeReadded: Drill = {
  id: 'S24',
  name: 'node-readded',
  does: 'deletes a node and lets it join again, with another pod CIDR',
  needs: { gracefulRestart: 'off' },
  uses: ['node'],
  source: 'kubectl delete node, then join',
  seconds: 20,
  run,
}

async function run(stage: Stage): Promise<void> {
  const { cluster, router, node, nodes } = stage
  const old = ownPrefixes(router.observer, node)
  const back = stage.undo(`node ${node} added again`, () => cluster.addNode(node))
  const window = router.window(`${node} is replaced`)
  await stage.step(`${node} is deleted`, async () => {
    await cluster.removeNode(node)
    await stage.wait(closedSince(router.observer, node, window))
    await stage.wait(until.quiet('2s'))
  })
  const lost = window.withdrawals({ node }).map(({ prefix }) => prefix)
  const left = announcers(stage, old)
  const joined = router.mark(`${node} joins`)
  await stage.step(`${node} joins again`, async () => {
    await cluster.addNode(node)
    back()
    await holdsAgain(stage, [node], joined)
    await stage.wait(until.quiet('1s'))
    await stage.wait(settled(router.observer))
  })
  await window.close()

  const now = ownPrefixes(router.observer, node)
  const findings = router.observer.verdict().findings.filter(({ severity }) => severity === 'error')
  const seq = router.observer.world.lastEvent.seq
  stage.bar(
    holds(
      { name: 'its old prefixes go with it', node, source: 'S24' },
      old.join(', '),
      old.filter((prefix) => lost.includes(prefix)).join(', ') || 'none',
      old.every((prefix) => lost.includes(prefix)),
    ),
    none(
      { name: 'nobody announces them when it is gone', source: 'S24: leftover' },
      left.map((line) => ({ seq: joined.seq, line })),
      ({ line }) => line,
    ),
    holds(
      { name: 'it gets others', node, source: 'measured: the pool gives the next one' },
      'other prefixes',
      now.join(', '),
      now.length > 0 && !now.some((prefix) => old.includes(prefix)),
    ),
    none(
      { name: 'the old ones stay away', source: 'S24: leftover, duplicate' },
      announcers(
        stage,
        old.filter((prefix) => !now.includes(prefix)),
      ).map((line) => ({ seq, line })),
      ({ line }) => line,
    ),
    none(
      { name: 'no prefix of two nodes', source: 'S24' },
      window.duplicates({ node }).map((row) => ({ ...row, seq: row.from.seq })),
      ({ prefix }) => prefix,
    ),
    none(
      { name: 'no finding in the end', source: 'S24' },
      findings.map((finding) => ({ seq, finding })),
      ({ finding }) => `${finding.code} ${finding.node} ${finding.prefix ?? ''}`,
    ),
    othersUndisturbed(window, nodes, [node]),
  )
}

const announcers = (stage: Stage, prefixes: readonly string[]): string[] =>
  routeLines(stage.router.observer)
    .map((line) => line.split(' ').slice(0, 2))
    .filter(([, prefix]) => prefixes.includes(prefix!))
    .map((parts) => parts.join(' '))
