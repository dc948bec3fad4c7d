// Which property names the build may shorten: those that only the library's own client code reads. Computed by each build, from
// the sources and from the declaration files that the compiler made of them.
import path from 'node:path'
import ts from 'typescript'
import { dist, entryFiles, root } from './trees.mjs'

/** The folders whose files are rewritten. The codecs gain next to nothing, and nobody downloads the server, the test kit, or the devtools in production. */
export const folders = [
  'actions',
  'batch',
  'connection',
  'features',
  'internal',
  'lifecycle',
  'middleware',
  'query',
  'react',
  'rpc',
  'session',
  'state',
  'tabs',
]

/** The name that a declaration gives, as an identifier or a text; undefined where it is computed or a pattern. */
const nameOf = ({ name }) => (name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : undefined)

const isMember = (node) =>
  ts.isPropertySignature(node) ||
  ts.isMethodSignature(node) ||
  ts.isPropertyDeclaration(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isAccessor(node) ||
  ts.isPropertyAssignment(node) ||
  ts.isShorthandPropertyAssignment(node)

const walk = (node, visit) => {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

/** The members that the platform and the packages declare. */
const addForeignNames = (files, names) => {
  for (const file of files) {
    walk(file, (node) => {
      if (isMember(node)) names.add(nameOf(node))
    })
  }
}

/** The members of what the entry points export, and of everything that these declarations refer to. */
const addPublicNames = (program, entries, names) => {
  const checker = program.getTypeChecker()
  const seen = new Set()
  const visit = (node) => {
    if (isMember(node)) names.add(nameOf(node))
    if (ts.isStringLiteral(node)) names.add(node.text)
    if (ts.isIdentifier(node)) follow(checker.getSymbolAtLocation(node))
    if (ts.isImportTypeNode(node)) follow(checker.getSymbolAtLocation(node.qualifier ?? node.argument.literal))
  }
  const follow = (symbol) => {
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    for (const declaration of target?.declarations ?? []) {
      if (seen.has(declaration) || !declaration.getSourceFile().fileName.startsWith(dist)) continue
      seen.add(declaration)
      if (ts.isSourceFile(declaration)) for (const one of checker.getExportsOfModule(target)) follow(one)
      else walk(declaration, visit)
    }
  }
  for (const entry of entries) {
    for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(entry)))) {
      names.add(symbol.name)
      follow(symbol)
    }
  }
}

const enumerators = new Set(['assign', 'entries', 'getOwnPropertyNames', 'hasOwn', 'keys', 'values', 'stringify'])

/** The objects of which an expression reads the names as texts. */
const enumeratedBy = (node) => {
  if (ts.isElementAccessExpression(node) && !ts.isStringLiteralLike(node.argumentExpression)) return [node.expression]
  if (ts.isForInStatement(node)) return [node.expression]
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword) return [node.right]
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return []
  const { expression, name } = node.expression
  const isEnumerator = ['JSON', 'Object', 'Reflect'].includes(expression.getText()) && enumerators.has(name.text)
  return isEnumerator ? node.arguments : []
}

const isExported = (node) =>
  ts.isExportSpecifier(node) || node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

/** What a file of ours rules out. */
const addOwnNames = (file, isRewritten, checker, names) =>
  walk(file, (node) => {
    // A file that is not rewritten must not meet a shortened name.
    if (!isRewritten && ts.isIdentifier(node)) names.add(node.text)
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) names.add(node.text)
    // In CommonJS an export is a member of `exports`.
    if (isExported(node)) names.add(nameOf(node))
    if (ts.isVariableStatement(node) && isExported(node))
      for (const one of node.declarationList.declarations) names.add(nameOf(one))
    // A value of another origin (`value as { code?: string }`), or one for a function with other types (`{ … } as Options`).
    if (ts.isAsExpression(node)) walk(node, (part) => isMember(part) && names.add(nameOf(part)))
    for (const object of enumeratedBy(node))
      for (const { name } of checker.getTypeAtLocation(object).getProperties()) names.add(name)
  })

/**
 * The property names that may be shortened. A name is left out where anybody else could read it: a member of a public type, of the
 * platform or of a package; a name in a file that is not rewritten; an export; a text; a member of an object whose names are enumerated.
 */
export const internalNames = () => {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.build.json'), (file) => ts.sys.readFile(file))
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const entries = entryFiles.map((file) => path.join(dist, 'esm', file))
  const program = ts.createProgram([...fileNames, ...entries], options)
  const checker = program.getTypeChecker()

  const source = path.join(root, 'src')
  const isBelow = (folder) => (file) => file.fileName.startsWith(folder + path.sep)
  const files = program.getSourceFiles()
  const own = files.filter(isBelow(source))
  const excluded = new Set()
  addForeignNames(
    files.filter((file) => !isBelow(source)(file) && !isBelow(dist)(file)),
    excluded,
  )
  addPublicNames(program, entries, excluded)
  for (const file of own) {
    addOwnNames(file, folders.includes(path.relative(source, file.fileName).split(path.sep)[0]), checker, excluded)
  }
  const declared = new Set()
  for (const file of own) walk(file, (node) => isMember(node) && declared.add(nameOf(node)))
  return [...declared].filter((name) => name && !excluded.has(name)).sort((a, b) => (a < b ? -1 : 1))
}
