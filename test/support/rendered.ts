// What the golden files of `render` are made from; the lab suite shows the same texts to an API server.
import { renderCalico } from '../../src/lab/render/calico.ts'
import { renderCilium } from '../../src/lab/render/cilium.ts'
import { renderCompose } from '../../src/lab/render/compose.ts'
import { renderKind } from '../../src/lab/render/kind.ts'
import { renderMetallb } from '../../src/lab/render/metallb.ts'

const router = ['198.18.0.1']
const dual = ['198.18.0.1', 'fd00:198:18::1']
const pool = ['198.18.128.0/24', 'fd00:198:18:80::/112']

/** File → how to make its text. */
export const RENDERED: Readonly<Record<string, () => string>> = {
  'cilium.yaml': () => renderCilium({ router, pool }),
  'cilium-1.17.yaml': () => renderCilium({ router: dual, pool, ciliumVersion: '1.17' }),
  'cilium-dual.yaml': () => renderCilium({ router: dual, asn: 4_200_000_000, name: 'tor' }),
  'cilium-plain.yaml': () =>
    renderCilium({
      router: ['fd00:198:18::1'],
      families: 'ipv6',
      allNodes: true,
      gracefulRestart: false,
      services: false,
      hold: 90,
      connectRetry: 5,
      multihop: 8,
      port: 179,
    }),
  'cilium-services.yaml': () =>
    renderCilium({
      router,
      families: 'ipv4',
      serviceSelector: ['example.com/tier=front', 'advertise=bgp'],
      advertise: 'advertise=tor',
      nodeSelector: ['rack=r1', 'bgp=on'],
      gracefulRestart: 60,
    }),
  'cilium-witness.yaml': () =>
    renderCilium({ router: dual, asn: 64_999, witness: true, advertise: 'advertise=bgp' }),
  'calico.yaml': () => renderCalico({ router: dual, pool }),
  'calico-one.yaml': () =>
    renderCalico({ router, nodeSelector: ['rack=r1', 'bgp=on'], gracefulRestart: 60, port: 179 }),
  'metallb.yaml': () => renderMetallb({ router, pool }),
  'metallb-frr.yaml': () =>
    renderMetallb({
      router: dual,
      pool,
      allNodes: true,
      gracefulRestart: true,
      multihop: true,
      keepalive: 3,
      connectRetry: 1,
    }),
  'compose.yaml': () => renderCompose({ router }),
  'compose-dual.yaml': () =>
    renderCompose({
      router: dual,
      network: 'lab',
      name: 'lab',
      hold: 9,
      kubeconfig: './kubeconfig',
      user: '1000:1000',
      lab: true,
    }),
  'kind.yaml': () => renderKind({}),
  'kind-dual.yaml': () =>
    renderKind({ name: 'lab', workers: 0, families: 'dual', nodeImage: 'kindest/node:v1.34.0' }),
}
