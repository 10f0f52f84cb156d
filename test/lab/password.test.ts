// Cilium's own control plane with a password (authSecretRef), with which its nodes sign every segment (RFC 2385).
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../../src/index.ts'
import { allocations, labWithRouter } from '../support/lab.ts'

const PASSWORD = 'of the lab'

test(
  'nodes have no session without the password, and all of them with it',
  { timeout: 240_000 },
  async () => {
    await using world = await labWithRouter(
      { name: 'test-password', cilium: '1.20.2' },
      { peers: [{ from: '127.0.0.0/8', password: PASSWORD }] },
    )
    const { lab, router, trace } = world
    const file = join(trace, '..', 'secret.json')
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'bgp-password', namespace: 'kube-system' },
      stringData: { password: PASSWORD },
    }
    writeFileSync(file, JSON.stringify(secret))
    await lab.kubectl(['apply', '-f', file])
    const config = (await lab.kubectl(['get', 'ciliumbgppeerconfigs', '-o', 'name'])).trim()
    const nodes = Object.keys(await allocations(lab))
    expect(nodes.length).toBeGreaterThan(0)
    expect(router.peers()).toEqual([])
    const asking = { spec: { authSecretRef: secret.metadata.name } }
    await lab.kubectl(['patch', config, '--type', 'merge', '-p', JSON.stringify(asking)])
    await router.wait(until.sessions(nodes), { timeout: '90s' })
    await router.wait(until.converged(), { timeout: '60s' })
    expect(router.peers().map(({ state }) => state)).toEqual(nodes.map(() => 'established'))
  },
)
