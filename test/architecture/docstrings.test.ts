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

/** The public names, and the members of public types as `Type.member`, without a docstring. */
const undocumented = (program: ts.Program, entry: string): string[] => {
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(path.join(root, entry))
  const module = source && checker.getSymbolAtLocation(source)
  if (!module) throw new Error(`${entry} is not a module`)
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported
    const name = exported.getName()
    return [
      ...(isDocumented(symbol, checker) ? [] : [name]),
      ...membersOf(symbol, checker)
        .filter((member) => !isDocumented(member, checker))
        .map((member) => `${name}.${member.getName()}`),
    ]
  })
}

describe('the docstrings of the public names', () => {
  const program = createLibraryProgram({
    'src/seeded/door.ts': `
      export { a, b as renamed } from './room.js'
      export type { C, D, E } from './room.js'`,
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
      export type E = 'open' | 'closed'`,
  })

  it.each([
    'src/index.ts',
    'src/codec/cbor.ts',
    'src/codec/msgpack.ts',
    'src/devtools/index.ts',
    'src/features/index.ts',
    'src/query/index.ts',
    'src/rpc/index.ts',
    'src/react/index.ts',
    'src/server/index.ts',
    'src/server/metrics/index.ts',
    'src/server/bun/index.ts',
    'src/server/deno/index.ts',
    'src/server/redis/index.ts',
    'src/testing/index.ts',
  ])('exist: %s', (entry) => {
    expect(undocumented(program, entry)).toEqual([])
  })

  it('are reported where they are missing', () => {
    expect(undocumented(program, 'src/seeded/door.ts')).toEqual(['renamed', 'C.y', 'C.run', 'D.z'])
  })
})
