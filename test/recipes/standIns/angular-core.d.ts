// The part of @angular/core that docs/recipes/without-react.md uses.
declare module '@angular/core' {
  export type Signal<Value> = () => Value
  export interface WritableSignal<Value> extends Signal<Value> {
    set: (value: Value) => void
    asReadonly: () => Signal<Value>
  }
  export const signal: <Value>(initial: Value) => WritableSignal<Value>
  export const computed: <Value>(compute: () => Value) => Signal<Value>
  export abstract class DestroyRef {
    abstract onDestroy(callback: () => void): () => void
  }
  export const inject: <Value>(token: abstract new () => Value) => Value
}
