/** The parts of the WebAssembly interface of JavaScript that are used here; the project compiles without the DOM's types. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export interface WasmTable {
  readonly length: number;
  grow(by: number): number;
  set(index: number, value: unknown): void;
}

/** A compiled module: can be instantiated for any board. */
export type WasmModule = object;

interface WebAssemblyInterface {
  readonly Memory: new (limits: { initial: number; maximum: number }) => WasmMemory;
  readonly Table: new (description: { initial: number; element: "anyfunc" }) => WasmTable;
  readonly Module: new (binary: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Record<string, Record<string, unknown>>,
  ) => { readonly exports: Record<string, unknown> };
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyInterface }).WebAssembly;
