import path from 'node:path'
import ts from 'typescript'

export const root = path.resolve(__dirname, '../..')

/**
 * The library's sources as TypeScript sees them, with the options of the build. `extra` adds files that exist only here, by their path from the
 * root.
 */
export const createLibraryProgram = (extra: Readonly<Record<string, string>> = {}): ts.Program => {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.build.json'), (file) => ts.sys.readFile(file)) as {
    config: unknown
  }
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const host = ts.createCompilerHost(options, true)
  const virtual = new Map(Object.entries(extra).map(([name, text]) => [path.join(root, name), text]))
  const folders = new Set([...virtual.keys()].map((file) => path.dirname(file)))
  const readFile = (file: string) => virtual.get(path.normalize(file)) ?? ts.sys.readFile(file)
  return ts.createProgram([...fileNames, ...virtual.keys()], options, {
    ...host,
    fileExists: (file) => virtual.has(path.normalize(file)) || ts.sys.fileExists(file),
    directoryExists: (folder) => folders.has(path.normalize(folder)) || ts.sys.directoryExists(folder),
    readFile,
    getSourceFile: (file, languageVersion, ...rest) => {
      const text = virtual.get(path.normalize(file))
      return text === undefined
        ? host.getSourceFile(file, languageVersion, ...rest)
        : ts.createSourceFile(file, text, languageVersion, true)
    },
  })
}

/** The path from the root, with slashes on every system. */
export const relative = (file: string): string => path.relative(root, file).split(path.sep).join('/')
