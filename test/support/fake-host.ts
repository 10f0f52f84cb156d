// A machine with Docker, kind, Helm and kubectl as far as the kind lab sees it: commands change it, fail or are stopped.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  commandLine,
  Interrupted,
  type Command,
  type Finished,
  type Runner,
} from '../../src/lab/kind/runner.ts'

export type Mishap = 'fails' | 'is stopped before' | 'is stopped half-way'

const ok = (stdout = ''): Finished => ({ code: 0, stdout, stderr: '' })
const bad = (stderr = 'no such thing', code = 1): Finished => ({ code, stdout: '', stderr })

export class FakeHost implements Runner {
  readonly dry = false
  /** Every command that changed something or was to. */
  readonly acts: string[] = []
  readonly written = new Map<string, string>()
  networks = new Map<string, { label: string | undefined; subnets: string[] }>()
  images = new Set<string>()
  files = new Set<string>()
  clusters = new Map<string, 'half' | 'whole'>()
  inNodes = new Set<string>()
  containers = new Map<string, string>()
  releases = new Map<string, { status: string; chart: string }>()
  applied = new Map<string, string>()
  marks = new Set<string>()
  missing = new Set<string>()
  dockerSays: Finished = ok('28.0.0')
  checkCode = 0
  composePlugin = true

  #mishap: { readonly at: number; readonly kind: Mishap } | undefined
  #stopped = false

  /** The act of this number (from 0, counted from now) goes wrong. */
  failAt(at: number, kind: Mishap): void {
    this.#mishap = { at: this.acts.length + at, kind }
  }

  /** The mishap is over: as a new command finds the machine. */
  recover(): void {
    this.#mishap = undefined
    this.#stopped = false
  }

  ask(command: Command): Promise<Finished> {
    if (this.#stopped) return Promise.reject(new Interrupted())
    return Promise.resolve(this.missing.has(command.program) ? bad('not found', 127) : this.#answer(command))
  }

  async act(command: Command): Promise<Finished> {
    return this.#perform(commandLine(command), (half) => this.#effect(command, half))
  }

  compose(project: string, file: string, args: readonly string[]): Promise<Finished> {
    const container = `${project}-router`
    return this.#perform(`compose -p ${project} -f ${file} ${args.join(' ')}`, () => {
      if (args[0] !== 'up') return void this.containers.delete(container)
      // Compose reads the file: it is to be there.
      readFileSync(file)
      this.containers.set(container, project)
    })
  }

  async write(file: string, text: string): Promise<void> {
    this.written.set(file, text)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }

  async remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true })
  }

  /** The runner that takes back: the user's stop does not reach it. */
  cleaner(): Runner {
    return {
      dry: false,
      ask: (command) => Promise.resolve(this.#answer(command)),
      act: (command) => {
        this.acts.push(commandLine(command))
        this.#effect(command, false)
        return Promise.resolve(ok())
      },
      compose: () => Promise.resolve(ok()),
      write: (file, text) => this.write(file, text),
      remove: (path) => this.remove(path),
    }
  }

  async #perform(line: string, effect: (half: boolean) => void): Promise<Finished> {
    const mishap = this.#mishap?.at === this.acts.length ? this.#mishap.kind : undefined
    this.acts.push(line)
    if (mishap === undefined) {
      effect(false)
      return ok()
    }
    if (mishap === 'is stopped half-way') effect(true)
    if (mishap === 'fails') return bad(`${line.split(' ')[0]}: something went wrong`)
    this.#stopped = true
    throw new Interrupted()
  }

  #answer({ program, args }: Command): Finished {
    const line = [program, ...args].join(' ')
    const last = args.at(-1) ?? ''
    if (line.startsWith('docker version')) return this.dockerSays
    if (line === 'docker compose version') return this.composePlugin ? ok('v2') : bad()
    if (line === 'docker-compose version') return ok('1.29')
    if (/^(kind version|helm version|kubectl version)/.test(line)) return ok('v1')
    if (line.startsWith('docker network inspect')) return this.#network(last, line.includes('--format'))
    if (line.startsWith('docker image inspect')) return this.images.has(last) ? ok('[]') : bad()
    if (program === 'test') return this.files.has(last) || existsSync(last) ? ok() : bad('')
    if (line.startsWith('kind get clusters')) return ok([...this.clusters.keys()].join('\n'))
    if (line.startsWith('kind get kubeconfig')) return ok('kubeconfig: internal\n')
    if (line.includes('crictl inspecti')) return this.inNodes.has(last) ? ok(last) : bad()
    if (line.startsWith('docker inspect --format {{.State.Running}} {{index')) {
      const owner = this.containers.get(last)
      return owner === undefined ? bad() : ok(`true ${owner}\n`)
    }
    if (line.startsWith('docker inspect --format {{.State.Running}}')) return ok('true\n')
    if (line.startsWith('docker inspect --format {{index')) {
      const owner = this.containers.get(last)
      return owner === undefined ? bad() : ok(`${owner}\n`)
    }
    if (program === 'helm' && args.includes('list')) return ok(JSON.stringify([...this.releases.values()]))
    if (args.includes('diff'))
      return this.applied.get(last) === this.written.get(last) && this.applied.has(last) ? ok() : bad('')
    if (line.includes('routewitness wait')) return this.applied.size >= 2 ? ok() : bad('', 4)
    if (line.includes('routewitness check'))
      return { code: this.checkCode, stdout: '0 findings\n', stderr: '' }
    throw new Error(`nobody expected the question: ${line}`)
  }

  #network(name: string, formatted: boolean): Finished {
    const network = this.networks.get(name)
    if (network === undefined) return bad()
    if (formatted) return ok(`${network.label ?? ''}\n`)
    const Labels = network.label === undefined ? {} : { 'routewitness.lab': network.label }
    return ok(JSON.stringify([{ Labels, IPAM: { Config: network.subnets.map((Subnet) => ({ Subnet })) } }]))
  }

  #effect({ program, args }: Command, half: boolean): void {
    const line = [program, ...args].join(' ')
    const after = (flag: string): string => args[args.indexOf(flag) + 1] ?? ''
    const last = args.at(-1) ?? ''
    const whole = (change: () => unknown): void => {
      if (!half) change()
    }
    if (line.startsWith('docker network create')) {
      if (!half)
        this.networks.set(args[2]!, { label: after('--label').split('=')[1], subnets: [after('--subnet')] })
    } else if (line.startsWith('docker network rm')) this.networks.delete(last)
    else if (line.startsWith('docker build')) whole(() => this.images.add(after('--tag')))
    else if (/^docker (pull|load)/.test(line)) whole(() => this.images.add(last))
    else if (line.startsWith('docker save')) this.files.add(after('--output'))
    else if (program === 'mv') this.files.add(last)
    else if (line.startsWith('kind create')) this.clusters.set('routewitness', half ? 'half' : 'whole')
    else if (line.startsWith('kind delete')) {
      this.clusters.delete(after('--name'))
      this.inNodes.clear()
      this.releases.clear()
      this.applied.clear()
    } else if (line.startsWith('kind load')) {
      for (const image of args.slice(2, args.indexOf('--name'))) this.inNodes.add(image)
    } else if (line.startsWith('helm pull'))
      whole(() => this.files.add(`${after('--destination')}/cilium-${after('--version')}.tgz`))
    else if (program === 'helm' && args.includes('uninstall')) this.releases.clear()
    else if (program === 'helm' && args.includes('rollback')) this.releases.get('cilium')!.status = 'deployed'
    else if (program === 'helm') {
      const chart = /cilium-[\d.]+(?=\.tgz)/.exec(line)![0]
      if (args.includes('install') && this.releases.size > 0)
        throw new Error('cannot re-use a name that is still in use')
      const verb = args.includes('install') ? 'install' : 'upgrade'
      this.releases.set('cilium', { status: half ? `pending-${verb}` : 'deployed', chart })
    } else if (args.includes('apply')) whole(() => this.applied.set(last, this.written.get(last)!))
    else if (line.includes('routewitness mark')) {
      if (this.marks.has(last)) throw new Error('a name given before')
      if (!half) this.marks.add(last)
    } else if (!/kubectl .* (wait|rollout)|routewitness (wait|check)/.test(line))
      throw new Error(`nobody expected the command: ${line}`)
  }

  /** What there is in the end: compared with that of an undisturbed run. */
  outcome(): object {
    return {
      networks: [...this.networks],
      images: [...this.images].sort(),
      clusters: [...this.clusters],
      inNodes: [...this.inNodes].sort(),
      containers: [...this.containers],
      releases: [...this.releases],
      applied: [...this.applied.keys()].sort(),
    }
  }
}
