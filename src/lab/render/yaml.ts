// YAML for people: every document says what it is for, and keys that need it say what they do.
import { Document, isMap, isScalar, isSeq, type Node } from 'yaml'

/** One YAML document. `notes` are comments above keys: path with dots ("spec.peers.0.port") → text. */
export interface Manifest {
  readonly about: string
  readonly value: object
  readonly notes?: Readonly<Record<string, string>>
}

/** The documents as one YAML stream; `header` stands above the first. Lines of comments are wrapped at 110 columns. */
export function yamlStream(header: string, manifests: readonly Manifest[]): string {
  const texts = manifests.map((manifest) => documentText(manifest))
  return `${comment(header, 0)}\n\n${texts.join('---\n')}`
}

/** A file of one document, such as a compose file. */
export function yamlFile(manifest: Manifest): string {
  return documentText(manifest)
}

function documentText({ about, value, notes = {} }: Manifest): string {
  // Older tools read YAML 1.1, where off and 0:17 are no strings: such are quoted.
  const document = new Document(value, null, { compat: 'yaml-1.1', aliasDuplicateObjects: false })
  for (const [path, text] of Object.entries(notes)) note(document, path.split('.'), text)
  return `${comment(about, 0)}\n${document.toString({ lineWidth: 0, singleQuote: true, flowCollectionPadding: false })}`
}

/** Puts a comment above the key or element at `path`. A path that does not exist is a mistake of ours. */
function note(document: Document, path: readonly string[], text: string): void {
  let node: unknown = document.contents
  let target: Node | undefined
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === part)
      target = pair?.key as Node | undefined
      node = pair?.value
    } else if (isSeq(node)) {
      node = node.items[Number(part)]
      target = node as Node | undefined
    } else target = undefined
    if (target === undefined) throw new Error(`no ${path.join('.')} to put a comment on`)
  }
  target!.commentBefore = wrap(text, 100 - 2 * path.length)
    .map((line) => ` ${line}`)
    .join('\n')
}

const comment = (text: string, indent: number): string =>
  wrap(text, 108 - indent)
    .map((line) => (line === '' ? '#' : `# ${line}`))
    .join('\n')

/** Lines of at most `width` characters; a line that is indented is kept as it is, for commands. */
function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    if (line.startsWith(' ') || line === '') return [line]
    const lines: string[] = []
    let last = ''
    for (const word of line.split(' ')) {
      if (last !== '' && last.length + 1 + word.length > width) {
        lines.push(last)
        last = word
      } else last = last === '' ? word : `${last} ${word}`
    }
    return [...lines, last]
  })
}
