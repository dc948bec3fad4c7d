// Tree shaking for the members of one class: bundlers drop unused exports, but never unused methods.
import ts from 'typescript'

const isThis = (node) => node.kind === ts.SyntaxKind.ThisKeyword

/** The name of `this.name` or `Class.name`; undefined for other nodes. */
const memberOf = (node, className) => {
  if (!ts.isPropertyAccessExpression(node)) return undefined
  const { expression, name } = node
  return isThis(expression) || (ts.isIdentifier(expression) && expression.text === className) ? name.text : undefined
}

/** The member that an expression starts with: `name` of `this.name.any.thing()` and of `this.name = value`. */
const firstMemberOf = (node, className) => {
  if (ts.isCallExpression(node) || (ts.isPropertyAccessExpression(node) && !memberOf(node, className))) {
    return firstMemberOf(node.expression, className)
  }
  return ts.isBinaryExpression(node) ? firstMemberOf(node.left, className) : memberOf(node, className)
}

/** The member that an expression hands on: `name` of `this.other.call(1, this.name)` and of `this.other.field = this.name`. */
const passedMemberOf = (node, className) => {
  const passed = ts.isCallExpression(node) ? node.arguments.at(-1) : ts.isBinaryExpression(node) && node.right
  return passed ? memberOf(passed, className) : undefined
}

/** Whether a statement does nothing while the members `idle` do nothing: it calls, changes, asks for or hands on one of them. */
const isIdle = (node, className, idle) => {
  if (!ts.isExpressionStatement(node) && !ts.isIfStatement(node)) return false
  const { expression } = node
  return (
    idle.includes(firstMemberOf(expression, className)) ||
    (ts.isExpressionStatement(node) && idle.includes(passedMemberOf(expression, className)))
  )
}

/** The members that are used, but for statements that do nothing. */
const membersUsedBy = (member, className, idle) => {
  const names = new Set()
  const visit = (node) => {
    const name = memberOf(node, className)
    if (name) names.add(name)
    if (!isIdle(node, className, idle)) ts.forEachChild(node, visit)
  }
  visit(member)
  return names
}

const nameOf = ({ name }) => (name && ts.isIdentifier(name) ? name.text : undefined)

/**
 * The source without the members of `className` that neither the constructor nor `entries` (the members that the importer calls) reach. `idle` are
 * members that do nothing in this use: fields that stay empty, methods that only print. Statements that start with them are left out too.
 */
export const keepReachableMembers = (source, { className, entries, idle }) => {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true)
  const declaration = file.statements.find((node) => ts.isClassDeclaration(node) && node.name?.text === className)
  if (!declaration) throw new Error(`build: expected a class ${className}`)
  const unknown = idle.filter((name) => !declaration.members.some((member) => nameOf(member) === name))
  if (unknown.length) throw new Error(`build: ${className} has no ${unknown.join(', ')}`)
  const cuts = []
  const cut = (node) => cuts.push([node.getFullStart(), node.getEnd()])
  const cutIdle = (node) => {
    if (isIdle(node, className, idle)) cut(node)
    else ts.forEachChild(node, cutIdle)
  }
  const reached = new Set(entries)
  const queue = declaration.members.filter(
    (member) => ts.isConstructorDeclaration(member) || reached.has(nameOf(member)),
  )
  for (const member of queue) {
    for (const name of membersUsedBy(member, className, idle)) {
      if (reached.has(name) || idle.includes(name)) continue
      reached.add(name)
      queue.push(...declaration.members.filter((other) => nameOf(other) === name))
    }
  }
  for (const member of declaration.members) {
    if (queue.includes(member)) cutIdle(member)
    else cut(member)
  }
  return cuts.sort((a, b) => b[0] - a[0]).reduce((text, [from, to]) => text.slice(0, from) + text.slice(to), source)
}
