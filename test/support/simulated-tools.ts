// kubectl, Helm and Docker of a simulated lab: each command is written down, and what it would do is done to the simulation.
import { join } from 'node:path'
import type { BgpKind, DrillResult } from '../../src/drill/contract.ts'
import { runDrill } from '../../src/drill/run.ts'
import { findDrill } from '../../src/drill/table.ts'
import { KindCluster } from '../../src/lab/kind/cluster.ts'
import type { LabContext } from '../../src/lab/kind/context.ts'
import { commandLine, type Command, type Finished, type Runner } from '../../src/lab/kind/runner.ts'
import { filesOf, planOf } from '../../src/lab/kind/site.ts'
import { kindParametersOf } from '../../src/lab/kind/drill.ts'
import { SimulatedLab } from './simulated-lab.ts'

const DONE: Finished = { code: 0, stdout: '', stderr: '' }
/** An agent of the simulation is back after this. */
const BACK = 4e6

export class SimulatedTools implements Runner {
  readonly dry = false
  readonly lines: string[] = []
  readonly #lab: SimulatedLab
  #version: string

  constructor(lab: SimulatedLab, version: string) {
    this.#lab = lab
    this.#version = version
  }

  async ask(command: Command): Promise<Finished> {
    const line = commandLine(command)
    this.lines.push(`? ${line}`)
    if (line.includes('daemonset cilium'))
      return { ...DONE, stdout: `quay.io/cilium/cilium:v${this.#version}` }
    if (line.includes('get nodes')) {
      const nodes = await this.#lab.nodes()
      return { ...DONE, stdout: nodes.map(({ name }) => `node/${name}\n`).join('') }
    }
    const [, kind, name = ''] = / get (ciliumbgp\w+) (\S+) -o json$/.exec(line) ?? []
    if (kind !== undefined)
      return { ...DONE, stdout: JSON.stringify({ spec: await this.#lab.bgpSpec(kind as BgpKind, name) }) }
    return { code: 1, stdout: '', stderr: '' }
  }

  async act(command: Command): Promise<Finished> {
    this.lines.push(commandLine(command))
    const words = command.args.filter((word) => !word.startsWith('-') && word !== '/labs/lab/kubeconfig')
    await this.#do(command.program, words, command.args)
    return DONE
  }

  async #do(program: string, words: readonly string[], args: readonly string[]): Promise<void> {
    const lab = this.#lab
    const options = {
      maxUnavailable: 1,
      delay: () => 1e6,
      ready: () => Promise.resolve(lab.advance(BACK)),
    }
    const node = words.find((word) => /^(master\d|node\d+)$/.test(word)) ?? ''
    const has = (...wanted: string[]): boolean => wanted.every((word) => words.includes(word))
    if (program === 'docker')
      return has('kill') ? lab.power(node, 'off') : has('start') ? lab.power(node, 'on') : undefined
    if (program === 'helm') {
      if (has('uninstall')) return lab.uninstall()
      if (args.includes('--install')) return lab.install()
      if (has('upgrade')) {
        this.#version = '1.20.2'
        return lab.upgrade(this.#version, options)
      }
      return
    }
    if (has('delete', 'pod')) {
      const [, name = ''] = /spec\.nodeName=(\S+)/.exec(args.join(' ')) ?? []
      await lab.stopAgent(name, 'SIGTERM')
      return lab.startAgent(name)
    }
    if (has('rollout', 'restart')) return lab.rollout(options)
    if (has('apply')) return lab.configureBgp()
    if (has('label'))
      return lab.select(
        node,
        args.some((word) => word.endsWith('-')),
      )
    if (has('drain')) return lab.drain(node)
    if (has('uncordon')) return lab.uncordon(node)
  }

  compose(): Promise<Finished> {
    return Promise.resolve(DONE)
  }
  write(file: string): Promise<void> {
    this.lines.push(`write ${file}`)
    return Promise.resolve()
  }
  remove(): Promise<void> {
    return Promise.resolve()
  }
}

/** A drill in its kind form: its result, and the commands that it gave. */
export async function simulateKind(id: string): Promise<{ result: DrillResult; lines: readonly string[] }> {
  const drill = findDrill(id)
  if (drill === undefined) throw new Error(`no drill ${id}`)
  const version = drill.needs.cilium ?? '1.20.2'
  const parameters = kindParametersOf(drill)
  const lab = new SimulatedLab({ version, parameters, services: drill.needs.services === true })
  const tools = new SimulatedTools(lab, version)
  const plan = planOf({ name: 'lab', cilium: version })
  const context: LabContext = {
    plan,
    files: filesOf(join('/labs', plan.name)),
    runner: tools,
    cleaner: tools,
    progress: { tell: () => {} },
    offline: false,
    source: '/source',
    stamp: '20260102-030405',
    state: { schema: 1, plan, trace: 'trace-20260102-030405', cluster: 'made' },
  }
  const cluster = new KindCluster(context)
  await cluster.prepare(parameters)
  const result = await runDrill(drill, { cluster, router: lab.router, parameters })
  await cluster.end()
  return { result, lines: tools.lines }
}
