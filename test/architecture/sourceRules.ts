import path from 'node:path'
import ts from 'typescript'
import { relative } from './program.js'

export interface Fault {
  readonly file: string
  readonly rule: 'global' | 'timer' | 'export-star' | 'module-let'
  /** The name or the text at fault. */
  readonly what: string
}

/** Stateless globals that browsers, workers and every supported Node have alike. */
const vocabulary = new Set([
  'AbortController',
  'AbortSignal',
  'Blob',
  'Event',
  'EventTarget',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'queueMicrotask',
  // Replaced by the build.
  '__DEV__',
])
const timers = new Set([
  'Date',
  'performance',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'requestAnimationFrame',
  'cancelAnimationFrame',
  'requestIdleCallback',
])

/** Which files may read which globals. The test kit never runs in an app. */
const homes: Readonly<Record<string, RegExp>> = {
  global: /^src\/(internal\/(environment|clock)\.ts$|testing\/)/,
  timer: /^src\/(internal\/clock|testing\/runnerTimers)\.ts$/,
}

/** Whether the identifier only names something: a member, an import, a type. */
const isOnlyAName = (node: ts.Identifier): boolean => {
  const { parent } = node
  if (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) return parent.name === node
  if (ts.isComputedPropertyName(parent)) return ts.isTypeElement(parent.parent)
  return (
    ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isTypeNode(parent) || ts.isQualifiedName(parent)
  )
}

/** Whether this identifier is a value that neither an import nor a file of src provides. */
const readsGlobal = (node: ts.Identifier, program: ts.Program): boolean => {
  if (isOnlyAName(node)) return false
  const checker = program.getTypeChecker()
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node)
  if (!symbol) return true
  if (symbol.name === 'undefined') return false
  if (symbol.name === 'globalThis') return true
  const declaration = symbol.valueDeclaration
  // Without one it is a type, or an import, whose own file is checked.
  if (!declaration || (ts.isVariableDeclaration(declaration) && declaration.name === node)) return false
  const file = declaration.getSourceFile()
  const isAmbient = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Ambient) !== 0
  if (!file.isDeclarationFile) return isAmbient
  // A global is declared in the file itself, a member inside its type.
  const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration
  const isGlobal = ts.isSourceFile(statement.parent) && !ts.isExternalModule(file)
  const isLanguage = path.basename(file.fileName).startsWith('lib.es')
  return isGlobal && (!isLanguage || node.text === 'Date')
}

const faultOf = (node: ts.Node, program: ts.Program): Pick<Fault, 'rule' | 'what'> | undefined => {
  if (ts.isExportDeclaration(node) && (!node.exportClause || ts.isNamespaceExport(node.exportClause))) {
    return { rule: 'export-star', what: node.getText() }
  }
  if (ts.isVariableStatement(node) && ts.isSourceFile(node.parent)) {
    const isConstant = (node.declarationList.flags & ts.NodeFlags.Const) !== 0
    const isDeclare = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)
    if (!isConstant && !isDeclare) return { rule: 'module-let', what: node.declarationList.getText() }
  }
  if (ts.isIdentifier(node) && !vocabulary.has(node.text) && readsGlobal(node, program)) {
    return { rule: timers.has(node.text) ? 'timer' : 'global', what: node.text }
  }
  return undefined
}

/** What src/ does that only its designated file may do, or that none may. */
export const findFaults = (program: ts.Program): Fault[] => {
  const faults: Fault[] = []
  for (const source of program.getSourceFiles()) {
    const file = relative(source.fileName)
    if (!file.startsWith('src/')) continue
    const visit = (node: ts.Node): void => {
      const fault = faultOf(node, program)
      if (fault && !homes[fault.rule]?.test(file)) faults.push({ file, ...fault })
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return faults
}
