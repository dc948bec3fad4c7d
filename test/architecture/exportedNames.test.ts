import ts from 'typescript'
import { describe, expect, it } from '@jest/globals'
import { createLibraryProgram, relative } from './program.js'

/** The names that each file of src/ declares and exports, re-exports not counted. */
const exportedNames = (program: ts.Program): ReadonlyMap<string, readonly string[]> => {
  const checker = program.getTypeChecker()
  const files = new Map<string, string[]>()
  for (const source of program.getSourceFiles()) {
    const file = relative(source.fileName)
    const module = file.startsWith('src/') && checker.getSymbolAtLocation(source)
    for (const symbol of module ? checker.getExportsOfModule(module) : []) {
      const isOwn = symbol.declarations?.some((declaration) => {
        return declaration.getSourceFile() === source && !ts.isExportSpecifier(declaration)
      })
      if (isOwn) files.set(symbol.name, [...(files.get(symbol.name) ?? []), file])
    }
  }
  return files
}

const duplicates = (program: ts.Program): readonly string[] =>
  [...exportedNames(program)]
    .filter(([, files]) => files.length > 1)
    .map(([name, files]) => `${name}: ${files.join(', ')}`)

describe('the names that files of src/ export', () => {
  it('each stand for one thing', () => {
    expect(duplicates(createLibraryProgram())).toEqual([])
  })

  it('are found when two files export the same name', () => {
    const twice = { 'src/internal/other.ts': 'export const createGuard = 1' }
    expect(duplicates(createLibraryProgram(twice))).toContain(
      'createGuard: src/internal/guard.ts, src/internal/other.ts',
    )
  })
})
