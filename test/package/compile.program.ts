// <compiler> <folder> <project>…: the errors in the files of a project and in the library, with what comes of emitting its declaration files. The
// other packages are read, not judged: to check them takes longer than all the rest.
import path from 'node:path'
import type TypeScript from 'typescript'

const [compiler = '', folder = '', ...projects] = process.argv.slice(2)
// oxlint-disable-next-line typescript/no-require-imports -- one of several versions
const ts = require(compiler) as typeof TypeScript

/** What one compiler says of one project. */
export interface Checked {
  readonly version: string
  /** The files that were judged. */
  readonly seen: readonly string[]
  /** The errors in them. */
  readonly said: readonly string[]
}

const inFolder = (file: string) => path.relative(folder, file).split(path.sep).join('/')
const isOurs = ({ fileName }: TypeScript.SourceFile) =>
  /^(?!\.\.\/|node_modules\/)|^node_modules\/reduplex\//.test(inFolder(fileName))

const check = (project: string): Checked => {
  const read = ts.readConfigFile(path.join(folder, project), (file) => ts.sys.readFile(file))
  const { options, fileNames, errors } = ts.parseJsonConfigFileContent(read.config as unknown, ts.sys, folder)
  const program = ts.createProgram(fileNames, options)
  const files = program.getSourceFiles().filter(isOurs)
  const found = files.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
    ...(file.isDeclarationFile ? [] : program.getDeclarationDiagnostics(file)),
  ])
  const general = [read.error ?? [], errors, program.getOptionsDiagnostics(), program.getGlobalDiagnostics()].flat()
  return {
    version: ts.versionMajorMinor,
    seen: files.map(({ fileName }) => inFolder(fileName)),
    said: [...general, ...found].map(({ file, code, messageText }) => {
      const where = file ? inFolder(file.fileName) : project
      return `${where}: error TS${code}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    }),
  }
}

console.log(JSON.stringify(projects.map(check)))
