import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import ts from 'typescript'
import { createLibraryProgram, relative, root } from './program.js'

const isDocumented = (symbol: ts.Symbol, checker: ts.TypeChecker): boolean =>
  symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0

/** The members that a reader of the docs sees: those of interfaces and object types of src. */
const membersOf = (symbol: ts.Symbol, checker: ts.TypeChecker): readonly ts.Symbol[] => {
  const isOwnType = (symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Class)) !== 0
  if (!isOwnType) return []
  const type = checker.getDeclaredTypeOfSymbol(symbol)
  // An alias of strings or functions has the members of String or Function.
  if ((type.flags & ts.TypeFlags.Object) === 0) return []
  return type
    .getProperties()
    .filter(({ name }) => !name.startsWith('#') && !name.startsWith('__#'))
    .filter(({ declarations = [] }) =>
      declarations.some((declaration) => relative(declaration.getSourceFile().fileName).startsWith('src/')),
    )
}

/** The exports of an entry by name, without aliases. */
const exportsOf = (program: ts.Program, entry: string): readonly (readonly [name: string, symbol: ts.Symbol])[] => {
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(path.join(root, entry))
  const module = source && checker.getSymbolAtLocation(source)
  if (!module) throw new Error(`${entry} is not a module`)
  return checker.getExportsOfModule(module).map((exported) => {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0
    return [exported.getName(), isAlias ? checker.getAliasedSymbol(exported) : exported]
  })
}

/** The public names, and the members of public types as `Type.member`, without a docstring. */
const undocumented = (program: ts.Program, entry: string): string[] => {
  const checker = program.getTypeChecker()
  return exportsOf(program, entry).flatMap(([name, symbol]) => [
    ...(isDocumented(symbol, checker) ? [] : [name]),
    ...membersOf(symbol, checker)
      .filter((member) => !isDocumented(member, checker))
      .map((member) => `${name}.${member.getName()}`),
  ])
}

/** The whole docstring, tags included. */
const docstringOf = (symbol: ts.Symbol, checker: ts.TypeChecker): string => {
  const tags = symbol.getJsDocTags(checker).map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`)
  return [ts.displayPartsToString(symbol.getDocumentationComment(checker)), ...tags].join('\n')
}

const isNumber = (symbol: ts.Symbol, checker: ts.TypeChecker): boolean => {
  const type = checker.getTypeOfSymbol(symbol)
  return (type.isUnion() ? type.types : [type]).some(({ flags }) => (flags & ts.TypeFlags.Number) !== 0)
}

const timeOrBytesName = /(timeout|interval|ttl|delay|uptime|latency|maxAge|bytes|size|payload|[a-z]At)$/i
const timeOrBytesText = /^(how long|how often the client asks|the time|since when|when )|the size of|the length of/i
const unit = /\b(milliseconds|ms|seconds|bytes|characters|UTF-16 units)\b/i
/** Numbers of items. */
const counts = /^(how many|the number of)/i

/** The members of public types that are times or sizes and whose own docstring names no unit, as `Type.member`: an editor shows that docstring alone. */
const unitless = (program: ts.Program, entry: string): string[] => {
  const checker = program.getTypeChecker()
  return exportsOf(program, entry).flatMap(([name, symbol]) =>
    membersOf(symbol, checker)
      .filter((member) => isNumber(member, checker))
      .filter((member) => {
        const text = docstringOf(member, checker)
        const isQuantity = timeOrBytesName.test(member.name) || timeOrBytesText.test(text)
        return isQuantity && !unit.test(text) && !counts.test(text)
      })
      .map((member) => `${name}.${member.name}`),
  )
}

/** A page of docs/, by its path in the package, which has that folder. scripts/docs turns it into a link to the site. */
const pagePath = /\bdocs\/[\w/-]+\.md(#[\w-]+)?/g

const isSelector = (name: string): boolean => /^(select|is)[A-Z]/.test(name)

/** Factories, features and hooks: functions, and objects whose name ends in Feature. Not actions, which have a type, nor selectors. */
const leadsToPage = ([name, symbol]: readonly [string, ts.Symbol], checker: ts.TypeChecker): boolean => {
  if ((symbol.flags & ts.SymbolFlags.Value) === 0 || (symbol.flags & ts.SymbolFlags.Class) !== 0) return false
  if (name.endsWith('Feature')) return true
  const type = checker.getTypeOfSymbol(symbol)
  return type.getCallSignatures().length > 0 && !type.getProperty('match') && !isSelector(name)
}

/** The factories and features that name no page. */
const withoutPage = (program: ts.Program, entry: string): string[] => {
  const checker = program.getTypeChecker()
  return exportsOf(program, entry)
    .filter((exported) => leadsToPage(exported, checker))
    .filter(([, symbol]) => !docstringOf(symbol, checker).match(pagePath))
    .map(([name]) => name)
}

/** The pages and anchors of docs/ that docstrings of the entry name and that do not exist. */
const deadPages = (program: ts.Program, entry: string): string[] => {
  const checker = program.getTypeChecker()
  return exportsOf(program, entry)
    .flatMap(([, symbol]) => [symbol, ...membersOf(symbol, checker)])
    .flatMap((symbol) => docstringOf(symbol, checker).match(pagePath) ?? [])
    .filter((link) => {
      const [file = '', anchor] = link.split('#')
      if (!existsSync(path.join(root, file))) return true
      const page = readFileSync(path.join(root, file), 'utf8')
      return anchor !== undefined && !page.includes(`<a id="${anchor}"`) && !anchorsOf(page).includes(anchor)
    })
}

const anchorsOf = (page: string): string[] =>
  Array.from(page.matchAll(/^#+ (.*)$/gm), ([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  )

const entries = [
  'src/index.ts',
  'src/batch/index.ts',
  'src/codec/cbor.ts',
  'src/codec/msgpack.ts',
  'src/devtools/index.ts',
  'src/features/index.ts',
  'src/lifecycle/index.ts',
  'src/query/index.ts',
  'src/rpc/index.ts',
  'src/react/index.ts',
  'src/server/index.ts',
  'src/server/metrics/index.ts',
  'src/server/bun/index.ts',
  'src/server/deno/index.ts',
  'src/server/redis/index.ts',
  'src/session/index.ts',
  'src/session/storage/index.ts',
  'src/tabs/index.ts',
  'src/testing/index.ts',
]

describe('the docstrings of the public names', () => {
  const program = createLibraryProgram({
    'src/seeded/door.ts': `
      export { a, b as renamed } from './room.js'
      export type { C, D, E, F } from './room.js'`,
    'src/seeded/room.ts': `
      /** Said. */
      export const a = 1
      export const b = 2
      /** Said. */
      export interface C {
        /** Said. */
        readonly x: string
        readonly y: string
        run(): void
      }
      /** Said. */
      export type D = { z?: number }
      /** Said. */
      export type E = 'open' | 'closed'
      /** Said. Times are milliseconds. */
      export interface F {
        /** How long. */
        readonly pauseTimeout: number
        /** How long, in milliseconds. */
        readonly interval?: number
        /** How long it waits. */
        readonly wait: number | undefined
        /** How many wait. */
        readonly size: number
        /** The largest message. */
        readonly maxBytes?: number | null
      }`,
  })

  it('cover every entry point of the package', () => {
    const { exports } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { exports: object }
    const names = Object.keys(exports).filter((name) => !name.endsWith('.json'))
    const sources = names.map((name) => path.posix.join('src', name))
    expect(
      sources.filter((source) => !entries.some((entry) => entry.replace(/(\/index)?\.ts$/, '') === source)),
    ).toEqual([])
  })

  it.each(entries)('exist: %s', (entry) => {
    expect(undocumented(program, entry)).toEqual([])
  })

  it.each(entries)('name the unit of times and sizes: %s', (entry) => {
    expect(unitless(program, entry)).toEqual([])
  })

  it.each(entries)('of factories, features and hooks name a page of docs/, which exists: %s', (entry) => {
    expect(withoutPage(program, entry)).toEqual([])
    expect(deadPages(program, entry)).toEqual([])
  })

  it('are reported where they are missing', () => {
    expect(undocumented(program, 'src/seeded/door.ts')).toEqual(['renamed', 'C.y', 'C.run', 'D.z'])
    expect(unitless(program, 'src/seeded/door.ts')).toEqual(['F.pauseTimeout', 'F.wait', 'F.maxBytes'])
  })
})
