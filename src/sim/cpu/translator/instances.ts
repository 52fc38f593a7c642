import { type WasmModule, type WasmTable, webAssembly } from "./web-assembly.ts";

/** Functions of a module by their names. */
export type Exports = Readonly<Record<string, unknown>>;

/**
 * Instances that call one another through one table. V8 keeps every instance that was linked to a table for as long as the
 * table is there, so a module that comes again gets the instance that it had, and after `most` of them it is time for
 * another table.
 */
export class Instances {
  readonly table: WasmTable;
  readonly #imports: Record<string, unknown>;
  readonly #exports = new Map<WasmModule, Exports>();
  readonly #most: number;

  constructor(imports: Readonly<Record<string, unknown>>, entries: number, most: number) {
    this.table = new webAssembly.Table({ initial: entries, element: "anyfunc" });
    this.#imports = { ...imports, t: this.table };
    this.#most = most;
  }

  /** As many as it may keep. */
  get full(): boolean {
    return this.#exports.size >= this.#most;
  }

  /** The exports of a binary module's instance. */
  of(binary: Uint8Array): Exports {
    const module = compiled(binary);
    let exports = this.#exports.get(module);
    if (exports === undefined) {
      exports = new webAssembly.Instance(module, { c: this.#imports }).exports;
      this.#exports.set(module, exports);
    }
    return exports;
  }
}

/** Modules by their binary: boards with the same firmware come to the same ones. */
const modules = new Map<string, WasmModule>();
const MOST_MODULES = 256;

function compiled(binary: Uint8Array): WasmModule {
  const key = Buffer.from(binary.buffer, binary.byteOffset, binary.length).toString("latin1");
  let module = modules.get(key);
  if (module === undefined) {
    module = new webAssembly.Module(binary);
    if (modules.size >= MOST_MODULES) modules.delete(modules.keys().next().value!);
    modules.set(key, module);
  }
  return module;
}
