import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'
import * as batch from '../../src/batch/index.js'
import * as optional from '../../src/features/index.js'
import * as library from '../../src/index.js'
import type { Feature } from '../../src/index.js'
import { said } from '../../src/internal/errors.js'
import * as lifecycle from '../../src/lifecycle/index.js'
import * as session from '../../src/session/index.js'
import * as tabs from '../../src/tabs/index.js'
import { createLibraryProgram } from '../architecture/program.js'
import { allPages, readDoc, root } from './blocks.js'

const options = readDoc('docs/options.md')
const actions = readDoc('docs/actions.md')
const state = readDoc('docs/state.md')
const program = createLibraryProgram()
const checker = program.getTypeChecker()

/** The text under a heading, down to the next heading of its level or above. */
const sectionOf = (markdown: string, heading: string): string => {
  const [marks = ''] = heading.split(' ')
  const [, after = ''] = markdown.split(`\n${heading}\n`)
  return after.split(new RegExp(`^#{1,${marks.length}} `, 'm'))[0] ?? ''
}

/** The names in backticks in the first column of the tables, without sub-headings. */
const firstColumn = (section: string): string[] =>
  section
    .split(/^#/m)[0]
    ?.split('\n')
    .filter((line) => line.startsWith('| '))
    .flatMap((line) => Array.from(line.split(' | ')[0]?.matchAll(/`(\w+)/g) ?? [], ([, name = '']) => name)) ?? []

const exportedType = (name: string): ts.Type => {
  const source = program.getSourceFile(path.join(root, 'src/index.ts'))
  const module = source && checker.getSymbolAtLocation(source)
  const symbol = module && checker.getExportsOfModule(module).find((exported) => exported.getName() === name)
  if (!symbol) throw new Error(`${name} is not exported`)
  return checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(symbol))
}

const membersOf = (name: string): string[] =>
  exportedType(name)
    .getProperties()
    .map((member) => member.getName())

const sorted = (names: readonly string[]): string[] => names.toSorted()

const exported = Object.entries(library as Record<string, unknown>)
const creators = exported.filter(([, value]) => typeof value === 'function' && 'match' in value).map(([name]) => name)

describe('the tables of docs/features.md', () => {
  const page = readDoc('docs/features.md')

  it('name exactly the hooks that FeatureHooks has', () => {
    expect(sorted(firstColumn(sectionOf(page, '## The hooks')))).toEqual(sorted(membersOf('FeatureHooks')))
  })

  it('give each feature its place', () => {
    const rows = Array.from(page.matchAll(/^\| (-?\d+) \| (.*) \|$/gm), ([, order, names = '']) =>
      Array.from(names.matchAll(/`(\w+Feature)`/g), ([, name = '']) => [name, Number(order)] as const),
    )
    const all: [name: string, value: unknown][] = [
      exported,
      ...[optional, batch, lifecycle, session, tabs].map(Object.entries),
    ].flat()
    const features = all.flatMap(([name, value]) =>
      name.endsWith('Feature') ? [[name, (value as Feature).order] as const] : [],
    )
    expect(Object.fromEntries(rows.flat())).toEqual(Object.fromEntries(features))
  })
})

describe('the tables of the pages', () => {
  it.each([
    ['# Options', 'SocketMiddlewareOptions', options],
    ['## reconnect', 'ReconnectOptions', options],
    ['## queue', 'QueueOptions', options],
    ['## heartbeat', 'HeartbeatOptions', options],
    ['## respondToPing', 'PingOptions', options],
    ['# State and selectors', 'SocketState', state],
  ])('%s names exactly what %s has', (heading, type, page) => {
    const names = firstColumn(sectionOf(`\n${page}`, heading)).filter((name) => !name.startsWith('select'))
    expect(sorted(names)).toEqual(sorted(membersOf(type)))
  })

  it('Actions names exactly the creators that are exported', () => {
    const commands = firstColumn(sectionOf(actions, '## Commands: what you ask for'))
    const events = firstColumn(sectionOf(actions, '## Events: what happened'))
    expect(sorted([...commands, ...events])).toEqual(sorted(creators))
    expect(commands).toEqual([
      'socketConnect',
      'socketSend',
      'socketSendRaw',
      'socketListen',
      'socketReceive',
      'socketReconnect',
      'socketClose',
    ])
  })

  it('Features names exactly the features that are exported', () => {
    const names = sectionOf(options, '## Features')
      .split('\n')
      .flatMap((line) => /^\| `(\w+Feature)`/.exec(line)?.[1] ?? [])
    const features = [...exported, ...Object.entries(optional)].map(([name]) => name)
    expect(sorted(names)).toEqual(sorted(features.filter((name) => name.endsWith('Feature'))))
  })

  it('State names exactly the selectors that are exported', () => {
    const names = firstColumn(sectionOf(`\n${state}`, '# State and selectors')).filter((name) =>
      name.startsWith('select'),
    )
    expect(sorted(names)).toEqual(sorted(exported.map(([name]) => name).filter((name) => name.startsWith('select'))))
  })

  it('Events names every reason of a drop', () => {
    const reasons = (exportedType('DropReason') as ts.UnionType).types.map(
      (reason) => (reason as ts.StringLiteralType).value,
    )
    const table = sectionOf(actions, '## Events: what happened').split('| reason | what happened |')[1] ?? ''
    const named = Array.from(table.matchAll(/^\| (\w+) \|/gm), ([, reason = '']) => reason)
    expect(sorted(named)).toEqual(sorted(reasons))
  })

  it('State names every status', () => {
    const row = /^\| `status` \|.*$/m.exec(state)?.[0] ?? ''
    const type = exportedType('Phase') as ts.UnionType
    const phases = type.types.map((phase) => (phase as ts.StringLiteralType).value)
    expect(sorted(Array.from(row.matchAll(/'(\w+)'/g), ([, name = '']) => name))).toEqual(sorted(phases))
  })
})

describe('the defaults in docs/options.md', () => {
  const rows = sectionOf(`\n${options}`, '# Options')

  it.each([
    ['connectTimeout', '10000'],
    ['closeTimeout', '2000'],
    ['maxMessageBytes', '8388608'],
    ['autoBatch', 'true'],
    ['lazy', 'false'],
  ])('%s is the same as in its docstring: %s', (name, value) => {
    const tags = exportedType('SocketMiddlewareOptions').getProperty(name)?.getJsDocTags() ?? []
    expect(ts.displayPartsToString(tags.find((tag) => tag.name === 'default')?.text)).toBe(value)
    expect(rows).toContain(`| \`${name}\` | \`${value}\``)
  })
})

/** The texts that become an error's `code`: those of a parameter, property or variable of that name. */
const codesIn = (files: readonly ts.SourceFile[]): string[] => {
  const codes = new Set<string>()
  const add = (node: ts.Node | undefined): void => {
    if (!node) return
    if (ts.isStringLiteral(node)) codes.add(node.text)
    else if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(add)
    else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) {
      ;[node.left, node.right].forEach(add)
    }
  }
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const parameters = checker.getResolvedSignature(node)?.getParameters() ?? []
      node.arguments.forEach((argument, index) => {
        if (parameters[index]?.getName() === 'code') add(argument)
      })
    }
    const isNamed =
      ts.isPropertyAssignment(node) ||
      ts.isPropertyDeclaration(node) ||
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node)
    if (isNamed && node.name.getText() === 'code') add(node.initializer)
    ts.forEachChild(node, visit)
  }
  files.forEach(visit)
  // The empty fallback of an error that has a code of its own.
  codes.delete('')
  return [...codes]
}

describe('docs/errors.md', () => {
  const page = readDoc('docs/errors.md')
  const rows = page.split('\n').filter((line) => /^\| (<a [^>]*><\/a>)?`/.test(line))
  const listed = rows.map((row) => /`(\w+)`/.exec(row)?.[1] ?? row)
  const sources = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(path.join(root, 'src/')))
  const used = codesIn(sources)

  it('lists exactly the codes that src uses, each once', () => {
    expect(used.length).toBeGreaterThan(10)
    expect(sorted(listed)).toEqual(sorted(used))
  })

  it('misses none that a search for the usual spellings finds', () => {
    const text = sources.map((source) => source.getFullText()).join('\n')
    const spelled = text.matchAll(/(?:codedError|failed)\(\s*'(\w+)'|\bcode(?:: | = )'(\w+)'/g)
    const found = new Set(Array.from(spelled, ([, first, second]) => first ?? second))
    expect([...found].filter((code) => !used.includes(code ?? ''))).toEqual([])
  })

  it('has an anchor in front of each code, where the errors of production point to', () => {
    expect(said('connection_failed')).toMatch(/see docs\/errors\.md#connection_failed$/)
    expect(
      rows.filter((row, index) => !row.startsWith(`| <a id="${listed[index]}"></a>\`${listed[index]}\` |`)),
    ).toEqual([])
  })

  it('has how, when, an example and what to do for each code', () => {
    expect(rows.filter((row) => row.split(' | ').filter((cell) => cell.trim().length > 2).length < 5)).toEqual([])
  })
})

describe('docs/index.md', () => {
  it('lists every page of docs/, because the sidebar of the site is made of it', () => {
    const index = readDoc('docs/index.md')
    const listed = new Set(
      Array.from(index.matchAll(/\]\(([^)#]*)\)/g), ([, target = '']) => path.posix.join('docs', target)),
    )
    const unlisted = allPages.filter(
      (page) => page.startsWith('docs/') && page !== 'docs/index.md' && !listed.has(page),
    )
    expect(unlisted).toEqual([])
  })
})

describe('the links of the pages', () => {
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-')
  const anchorsOf = (markdown: string): string[] => [
    ...Array.from(markdown.matchAll(/^#+ (.*)$/gm), ([, text = '']) => slug(text)),
    ...Array.from(markdown.matchAll(/<a id="(\w+)">/g), ([, id = '']) => id),
  ]

  it.each(allPages)('point to existing targets: %s', (page) => {
    const targets = Array.from(readDoc(page).matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target)
    const dead = targets
      .filter((target) => !target.startsWith('https://'))
      .filter((target) => {
        const [file = '', anchor] = target.split('#')
        const where = file === '' ? page : path.join(path.dirname(page), file)
        return (
          !existsSync(path.join(root, where)) || (anchor !== undefined && !anchorsOf(readDoc(where)).includes(anchor))
        )
      })
    expect(dead).toEqual([])
  })
})
