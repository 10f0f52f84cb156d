import { describe, expect, test } from 'vitest'
import { timeOfDay } from '../../../../src/core/check/words.ts'
import { expectSameWhenReread } from '../../../support/reread.ts'
import { lines, only } from '../../../support/observed-cluster.ts'
import { ProbedCluster } from '../../../support/probed-cluster.ts'
import { update } from '../../../support/speaker-messages.ts'

/** Node a announces its prefix anew, now. */
function announcedNow(lab: ProbedCluster): number {
  lab.all.message(1, update({ prefixes: [], withdrawn: ['10.1.1.0/24'] }))
  lab.all.passes('20s')
  lab.all.message(1, update({ prefixes: ['10.1.1.0/24'] }))
  return lab.now
}

/** A probe that is refused, that long after now. */
function refusedAfter(lab: ProbedCluster, wait: string): number {
  lab.all.passes(wait)
  lab.reports({ outcome: 'refused' })
  return lab.now
}

describe('announced-early', () => {
  test('a probe that was refused within a second of the announcement is told of, with what became of it', () => {
    const lab = new ProbedCluster()
    const announced = announcedNow(lab)
    const refused = refusedAfter(lab, '300ms')
    lab.all.passes('200ms')
    expect(only(lab.all.settled())).toMatchObject({
      code: 'announced-early',
      severity: 'warning',
      node: 'a',
      prefix: '10.1.1.0/24',
      since: refused,
      summary:
        `a announced 10.1.1.0/24 via 127.0.0.14 at ${timeOfDay(announced)}, and a probe of 10.1.1.10:8080 ` +
        'was refused 0.300 s later; it still fails (refused)',
    })
    lab.reports()
    const answered = lab.now
    expect(only(lab.all.verdict()).summary).toMatch(
      new RegExp(`; it is answered since ${timeOfDay(answered).replace('.', '\\.')}$`),
    )
  })

  test('the first refusal of a row counts, not the last', () => {
    const lab = new ProbedCluster()
    announcedNow(lab)
    const since = refusedAfter(lab, '900ms')
    lab.all.passes('300ms')
    lab.reports({ outcome: 'refused', inRow: 2, since, from: since })
    lab.reports()
    expect(only(lab.all.settled()).since).toBe(since)
  })

  test.each<[string, (lab: ProbedCluster) => unknown]>([
    ['it came later than a second', (lab) => (announcedNow(lab), refusedAfter(lab, '1001ms'))],
    [
      'it came before the announcement',
      (lab) => (refusedAfter(lab, '100ms'), announcedNow(lab), lab.reports({ from: lab.now })),
    ],
    [
      'the probe was lost and not refused',
      (lab) => (announcedNow(lab), lab.reports({ outcome: 'timeout' }), lab.reports()),
    ],
    [
      'a probe was answered first',
      (lab) => {
        announcedNow(lab)
        lab.all.passes('100ms')
        lab.reports()
        refusedAfter(lab, '300ms')
        lab.reports()
      },
    ],
    [
      'an answer and the refusal are told of together',
      (lab) => {
        const since = announcedNow(lab)
        lab.all.passes('300ms')
        const sent = lab.now
        lab.reports({ outcome: 'refused', results: 3, lost: 1, from: since + 1, since: sent, sent })
        lab.reports()
      },
    ],
    [
      'the route has come anew since, without a refusal',
      (lab) => (
        announcedNow(lab),
        refusedAfter(lab, '300ms'),
        lab.reports(),
        announcedNow(lab),
        lab.reports()
      ),
    ],
    [
      'it is more than ten minutes ago',
      (lab) => {
        announcedNow(lab)
        refusedAfter(lab, '300ms')
        for (let minute = 0; minute < 11; minute++) {
          lab.all.passes('60s')
          lab.reports()
        }
      },
    ],
  ])('is none when %s', (_when, happens) => {
    const lab = new ProbedCluster()
    lab.reports()
    happens(lab)
    expect(lines(lab.all.settled())).not.toContain('a 10.1.1.0/24 announced-early')
  })

  test('refused for good is unreachable, and not told twice', () => {
    const lab = new ProbedCluster()
    announcedNow(lab)
    const since = refusedAfter(lab, '300ms')
    lab.all.passes('400ms')
    lab.reports({ outcome: 'refused', results: 2, lost: 2, inRow: 3, since, from: since })
    lab.all.passes('15s')
    expect(lines(lab.all.verdict())).toEqual(['a 10.1.1.0/24 unreachable'])
  })

  test('is the same from the record, and from a checkpoint on', () => {
    const lab = new ProbedCluster()
    announcedNow(lab)
    refusedAfter(lab, '300ms')
    lab.reports()
    const live = lab.all.settled()
    expect(lines(live)).toEqual(['a 10.1.1.0/24 announced-early'])
    expectSameWhenReread(lab.all, live)
  })
})
