// `npm run bench`: what a full table and thousands of sessions cost us, and others, on this machine.
import { parseArgs } from 'node:util'
import { RECEIVERS } from './bench/receivers.ts'
import { measureTable, type TableResult } from './bench/full-table.ts'
import { makeTable } from './bench/tables.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    against: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
})
const chosen = RECEIVERS.filter(({ name }) => values.against === undefined || values.against.split(',').includes(name))
const table = makeTable({ afi: 1, routes: 1_000_000, sets: 150_000, seed: Number(values.seed), asn: 65001 })
console.log(`${table.announce.messages} UPDATEs, ${table.announce.bytes.length} octets`)
for (let round = 0; round < Number(values.rounds); round++) {
  for (const receiver of chosen) {
    const result: TableResult = await measureTable(receiver, { afi: 1, tables: [table] })
    console.log(receiver.name, JSON.stringify(result))
  }
}
