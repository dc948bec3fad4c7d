// Tree shaking for the members of one class: bundlers drop unused exports, but never unused methods.
import ts from 'typescript'

/** The name of `this.name` or `Class.name`; undefined for other nodes. */
const memberOf = (node, className) => {
  if (!ts.isPropertyAccessExpression(node)) return undefined
  const { expression, name } = node
  const isOwn =
    expression.kind === ts.SyntaxKind.ThisKeyword || (ts.isIdentifier(expression) && expression.text === className)
  return isOwn ? name.text : undefined
}

const membersUsedBy = (member, className) => {
  const names = new Set()
  const visit = (node) => {
    const name = memberOf(node, className)
    if (name) names.add(name)
    ts.forEachChild(node, visit)
  }
  visit(member)
  return names
}

/**
 * The source without the members of `className` that neither the constructor nor `entries` (the members that the importer calls) reach, and without
 * statements that only call a member of `silent`. Members are found through `this.name` and `Class.name`; any other use of the class throws.
 */
export const keepReachableMembers = (source, { className, entries, silent }) => {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true)
  const declaration = file.statements.find((node) => ts.isClassDeclaration(node) && node.name?.text === className)
  if (!declaration) throw new Error(`build: expected a class ${className}`)
  const cuts = []
  const cut = (node) => cuts.push([node.getFullStart(), node.getEnd()])
  const cutSilent = (node) => {
    const isSilent =
      ts.isExpressionStatement(node) &&
      ts.isCallExpression(node.expression) &&
      silent.includes(memberOf(node.expression.expression, className))
    if (isSilent) cut(node)
    else ts.forEachChild(node, cutSilent)
  }
  const nameOf = (member) => (member.name && ts.isIdentifier(member.name) ? member.name.text : undefined)
  const reached = new Set(entries)
  const queue = declaration.members.filter(
    (member) => ts.isConstructorDeclaration(member) || reached.has(nameOf(member)),
  )
  for (const member of queue) {
    for (const name of membersUsedBy(member, className)) {
      if (reached.has(name) || silent.includes(name)) continue
      reached.add(name)
      queue.push(...declaration.members.filter((other) => nameOf(other) === name))
    }
  }
  for (const member of declaration.members) {
    if (queue.includes(member)) cutSilent(member)
    else cut(member)
  }
  return cuts.sort((a, b) => b[0] - a[0]).reduce((text, [from, to]) => text.slice(0, from) + text.slice(to), source)
}
