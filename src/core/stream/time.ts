// Instants of the stream as text and back, by the Gregorian calendar: core has no Date, which could read the clock.
import type { Micros } from '../speaker/contract.ts'

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,6}))?Z$/

const SECOND = 1_000_000
const DAY = 86_400 * SECOND
/** Days of 400 years, after which the calendar repeats, and from 0000-03-01 to 1970-01-01. */
const ERA = 146_097
const EPOCH = 719_468

/** RFC 3339 in UTC, always with six digits: "2026-11-21T12:00:01.204511Z". `at` is whole microseconds since 1970. */
export function formatMicros(at: Micros): string {
  const days = Math.floor(at / DAY)
  const rest = at - days * DAY
  const seconds = Math.floor(rest / SECOND)
  const [year, month, day] = dateOf(days)
  const date = `${digits(year, 4)}-${digits(month)}-${digits(day)}`
  const time = `${digits(Math.floor(seconds / 3600))}:${digits(Math.floor(seconds / 60) % 60)}:${digits(seconds % 60)}`
  return `${date}T${time}.${digits(rest % SECOND, 6)}Z`
}

/** Undefined when the text is no RFC 3339 instant in UTC of at most six decimals. Leap seconds are refused. */
export function parseMicros(text: string): Micros | undefined {
  const match = RFC3339.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const days = daysTo(year, month, day)
  const [, sameMonth, sameDay] = dateOf(days)
  if (sameMonth !== month || sameDay !== day || hour > 23 || minute > 59 || second > 59) return undefined
  return days * DAY + (hour * 3600 + minute * 60 + second) * SECOND + Number((match[7] ?? '').padEnd(6, '0'))
}

/** Year, month and day, so many days after 1970-01-01. Years are counted from March, so that a leap day is the last. */
function dateOf(days: number): readonly [number, number, number] {
  const shifted = days + EPOCH
  const era = Math.floor(shifted / ERA)
  const dayOfEra = shifted - era * ERA
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - daysOfYears(yearOfEra)
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return [year, month, dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1]
}

/** The inverse of `dateOf`; a day that the month does not have gives another date. */
function daysTo(year: number, month: number, day: number): number {
  const fromMarch = month <= 2 ? year - 1 : year
  const era = Math.floor(fromMarch / 400)
  const monthFromMarch = month > 2 ? month - 3 : month + 9
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1
  return era * ERA + daysOfYears(fromMarch - era * 400) + dayOfYear - EPOCH
}

function daysOfYears(years: number): number {
  return years * 365 + Math.floor(years / 4) - Math.floor(years / 100)
}

function digits(value: number, length = 2): string {
  return String(value).padStart(length, '0')
}
