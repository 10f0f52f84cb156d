// The programs that the kind lab drives, and how to get them.
import { UserError } from '../../core/errors/user-error.ts'
import type { Command, Runner } from './runner.ts'
import { composeKind } from './real-runner.ts'

const command = (program: string, ...args: string[]): Command => ({ program, args })

interface Tool {
  readonly name: string
  readonly look: Command
  readonly get: string
}

const TOOLS: readonly Tool[] = [
  {
    name: 'kind',
    look: command('kind', 'version'),
    get: 'go install sigs.k8s.io/kind@v0.31.0, or https://kind.sigs.k8s.io/docs/user/quick-start/#installation',
  },
  {
    name: 'helm',
    look: command('helm', 'version', '--short'),
    get: 'go install helm.sh/helm/v3/cmd/helm@v3.19.4, or https://helm.sh/docs/intro/install/',
  },
  {
    name: 'kubectl',
    look: command('kubectl', 'version', '--client'),
    get: 'https://kubernetes.io/docs/tasks/tools/',
  },
]

/**
 * Looks for every program at once.
 * @throws UserError RW_LAB that names all that are missing and how to get them, or why Docker cannot be used
 */
export async function demandTools(
  runner: Runner,
  wanted: readonly string[] = TOOLS.map(({ name }) => name),
): Promise<void> {
  const missing: string[] = []
  const docker = await runner.ask(command('docker', 'version', '--format', '{{.Server.Version}}'))
  const compose = await composeKind(runner)
  const tools = TOOLS.filter(({ name }) => wanted.includes(name))
  for (const tool of tools) {
    const { code } = await runner.ask(tool.look)
    if (code === 126 || code === 127) missing.push(`${tool.name}: ${tool.get}`)
  }
  // Nothing was looked at.
  if (runner.dry) return
  if (docker.code === 127) missing.unshift('docker: https://docs.docker.com/engine/install/')
  if (compose === undefined)
    missing.push(
      'docker compose: package docker-compose-plugin or docker-compose, or https://docs.docker.com/compose/install/',
    )
  if (missing.length > 0)
    throw new UserError('RW_LAB', ['not found:', ...missing.map((line) => `  ${line}`)].join('\n'), {
      remedy: 'Install what is missing, and make sure that it is in PATH.',
    })
  if (docker.code !== 0) throw dockerError(docker.stderr)
}

function dockerError(said: string): UserError {
  const first = said.trim().split('\n')[0] ?? ''
  if (/permission denied/i.test(said))
    return new UserError('RW_LAB', `you may not use Docker: ${first}`, {
      remedy: 'Join its group (sudo usermod -aG docker $USER, then log in again), or run the lab as root.',
    })
  return new UserError('RW_LAB', `Docker does not answer: ${first}`, {
    remedy: 'Start it (sudo systemctl start docker, or dockerd by hand), or set DOCKER_HOST to where it is.',
  })
}
