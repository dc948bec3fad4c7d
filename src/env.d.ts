declare namespace NodeJS {
  interface ProcessEnv {
    NODE_ENV?: string
  }
}
