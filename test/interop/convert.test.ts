// What `convert` writes, opened by the programs that it is written for.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { playIncident } from '../../src/demo/play.ts'
import { dumpedRoutes } from '../support/bgpdump.ts'
import { command } from '../support/command.ts'
import { temporary } from '../support/trace-folder.ts'

test(
  'bgpdump finds the same routes in a trace and in MRT that went through a capture',
  { timeout: 60_000 },
  async () => {
    const trace = temporary()
    await playIncident({ directory: trace, say: () => undefined, show: () => undefined })
    const [capture, mrt] = [temporary('trace.pcapng'), temporary('trace.mrt')]
    expect(await command('convert', trace, '--to', 'pcapng', '-o', capture)).toMatchObject({
      code: 0,
      stdout: '',
    })
    expect(await command('convert', capture, '--to', 'mrt', '-o', mrt)).toMatchObject({ code: 0, stdout: '' })
    const routes = await dumpedRoutes(`${trace}/messages.mrt`)
    expect(routes).toHaveLength(3)
    expect(await dumpedRoutes(mrt)).toEqual(routes)
    expect(readFileSync(mrt).length).toBe(readFileSync(`${trace}/messages.mrt`).length)
  },
)
