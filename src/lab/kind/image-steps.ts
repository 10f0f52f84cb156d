// Images: on this machine, in archives for machines without a network, and in the nodes.
import { join } from 'node:path'
import { UserError } from '../../core/errors/user-error.ts'
import { act, asks, docker, kind, nodesOf, preloadDirectory, type LabContext } from './context.ts'
import type { Step } from './step.ts'
import { ciliumImages } from './versions.ts'

/** Name of the archive of an image: `docker save` of it. */
const archiveOf = (image: string): string => `${image.replaceAll(/[^\w.-]+/g, '_')}.tar`

/** Cilium's chart as a file. */
export const chartFile = (context: LabContext, release = context.plan.cilium): string =>
  join(preloadDirectory(context.files), `cilium-${release}.tgz`)

/** Every image that a lab needs, each pulled once by this machine however many nodes there are. */
export function imagesHere(context: LabContext): Step[] {
  const { plan } = context
  return [
    routerImage(context),
    ...[plan.nodeImage, ...ciliumImages(plan.cilium)].map((image) => imageHere(context, image)),
  ]
}

function routerImage(context: LabContext): Step {
  const { plan, source, offline } = context
  return {
    name: `image ${plan.image} of the router`,
    done: () => asks(context, docker('image', 'inspect', plan.image)),
    async do() {
      if (offline) return load(context, plan.image)
      await act(
        context,
        docker('build', '--tag', plan.image, '--file', join(source, 'lab/Dockerfile'), source),
        'Behind a proxy, or where builds have no network: docker build --network host, as docs/lab.md tells; the lab takes an image that is there.',
      )
    },
  }
}

function imageHere(context: LabContext, image: string): Step {
  return {
    name: `image ${image}`,
    done: () => asks(context, docker('image', 'inspect', image)),
    async do() {
      if (context.offline) await load(context, image)
      else
        await act(
          context,
          docker('pull', image),
          'Without a way to that registry: `lab preload` where there is one, copy the folder that it names, then --offline.',
        )
    },
  }
}

async function load(context: LabContext, image: string): Promise<void> {
  const archive = join(preloadDirectory(context.files), archiveOf(image))
  const there = await asks(context, { program: 'test', args: ['-e', archive] })
  if (!there && !context.runner.dry)
    throw new UserError('RW_LAB', `image ${image} is neither in Docker nor in ${archive}`, {
      remedy:
        'Run `lab preload` with the same options on a machine that has a network, and copy that folder here.',
    })
  await act(context, docker('load', '--input', archive))
}

/** Nodes cannot see the images of the machine: they are copied into each. */
export function imagesInNodes(context: LabContext, release = context.plan.cilium): Step {
  const { plan } = context
  const images = [plan.image, ...ciliumImages(release)]
  return {
    name: 'images in the nodes',
    async done() {
      for (const node of nodesOf(plan)) {
        for (const image of images)
          if (!(await asks(context, docker('exec', node, 'crictl', 'inspecti', '--quiet', image))))
            return false
      }
      return true
    },
    async do() {
      await act(context, kind(context, 'load', 'docker-image', ...images, '--name', plan.name))
    },
  }
}

/** `lab preload`: all that `lab up --offline` needs, as files. */
export function preloadSteps(context: LabContext): Step[] {
  const { plan, files, runner } = context
  const directory = preloadDirectory(files)
  const images = [plan.image, plan.nodeImage, ...ciliumImages(plan.cilium)]
  const isThere = (file: string): Promise<boolean> => asks(context, { program: 'test', args: ['-e', file] })
  const partial = (file: string): string => `${file}.part`
  return [
    ...imagesHere(context),
    ...images.map((image): Step => {
      const archive = join(directory, archiveOf(image))
      return {
        name: `archive of ${image}`,
        // Our own image changes under its tag.
        done: async () => image !== plan.image && (await isThere(archive)),
        async do() {
          await runner.write(
            join(directory, 'README'),
            'Images and charts for `routewitness lab up --offline`.\n',
          )
          // A half-written archive never has the name of a whole one.
          await act(context, docker('save', '--output', partial(archive), image))
          await act(context, { program: 'mv', args: [partial(archive), archive] })
        },
      }
    }),
    chartHere(context),
  ]
}

/** The chart as a file, from the preload folder or from Cilium's repository. */
export function chartHere(context: LabContext, release = context.plan.cilium): Step {
  const file = chartFile(context, release)
  return {
    name: `chart of Cilium ${release}`,
    done: () => asks(context, { program: 'test', args: ['-e', file] }),
    async do() {
      if (context.offline && context.runner.dry) return
      if (context.offline)
        throw new UserError('RW_LAB', `there is no ${file}`, {
          remedy:
            'Run `lab preload` with the same options on a machine that has a network, and copy that folder here.',
        })
      const directory = preloadDirectory(context.files)
      await context.runner.write(
        join(directory, 'README'),
        'Images and charts for `routewitness lab up --offline`.\n',
      )
      await act(
        context,
        {
          program: 'helm',
          args: [
            'pull',
            'cilium',
            '--repo',
            'https://helm.cilium.io/',
            '--version',
            release,
            '--destination',
            directory,
          ],
        },
        'Without a way there: `lab preload` where there is one, copy the folder, then --offline.',
      )
    },
  }
}
