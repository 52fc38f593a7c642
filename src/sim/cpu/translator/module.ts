import { IMPORTS } from "./body-writer.ts";
import { TO_CALLEE } from "./exit-info.ts";
import { Slot } from "./guest-memory.ts";
import { writeUnpack } from "./unpack.ts";
import { ByteWriter, I32, Wasm } from "./wasm-writer.ts";

/** Names under which a module imports what it needs. */
export const importNames = ["l1", "l2", "l4", "s1", "s2", "s4", "w", "r", "u"] as const;

const signatures: readonly { readonly parameters: number; readonly results: number }[] = [
  // A region: depth of calls, address; gives the address to go on at, odd when more is to be said.
  { parameters: 2, results: 1 },
  // Loads: address, cycles, place.
  { parameters: 3, results: 1 },
  // Stores: address, value, cycles, place.
  { parameters: 4, results: 0 },
  // A store that may have hit code: address, length.
  { parameters: 2, results: 1 },
  // An instruction out of line: its word, its number, address, place, what follows.
  { parameters: 5, results: 1 },
  // What works out the flags.
  { parameters: 0, results: 0 },
];

const REGION_TYPE = 0;
const UNPACK_TYPE = 5;

const typeOfImport = [1, 1, 1, 2, 2, 2, 3, 4, UNPACK_TYPE] as const;

const Section = { CUSTOM: 0, TYPE: 1, IMPORT: 2, FUNCTION: 3, EXPORT: 7, CODE: 10 } as const;

function section(out: ByteWriter, id: number, content: ByteWriter): void {
  out.byte(id);
  out.unsigned(content.length);
  out.append(content.bytes);
}

/** Puts regions together to one module. */
export class ModuleWriter {
  readonly code = new ByteWriter();
  readonly #hints: number[][] = [];
  readonly #types: number[] = [];

  /** Where the hints of the next region go. */
  nextHints(type = REGION_TYPE): number[] {
    const hints: number[] = [];
    this.#hints.push(hints);
    this.#types.push(type);
    return hints;
  }

  get regions(): number {
    return this.#hints.length;
  }

  /**
   * The binary; regions are exported as `f0`, `f1` and so on. A module without the table cannot call other regions; the
   * engine keeps every module that has it as long as the table, and tells each of them of every change.
   */
  finish(pages: number, withTable: boolean, imports = IMPORTS): Uint8Array {
    const out = new ByteWriter();
    const content = new ByteWriter();
    for (const byte of [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) out.byte(byte);
    content.unsigned(signatures.length);
    for (const { parameters, results } of signatures) {
      content.byte(0x60);
      for (const count of [parameters, results]) {
        content.unsigned(count);
        for (let index = 0; index < count; index++) content.byte(I32);
      }
    }
    section(out, Section.TYPE, content);
    content.clear();
    content.unsigned(imports + (withTable ? 2 : 1));
    for (let index = 0; index < imports; index++) {
      content.text("c");
      content.text(importNames[index]);
      content.byte(0);
      content.unsigned(typeOfImport[index]);
    }
    content.text("c");
    content.text("m");
    content.byte(2);
    content.byte(0);
    content.unsigned(pages);
    if (withTable) {
      content.text("c");
      content.text("t");
      content.byte(1);
      content.byte(0x70);
      content.byte(0);
      content.unsigned(0);
    }
    section(out, Section.IMPORT, content);
    content.clear();
    content.unsigned(this.regions);
    for (const type of this.#types) content.unsigned(type);
    section(out, Section.FUNCTION, content);
    content.clear();
    content.unsigned(this.regions);
    for (let index = 0; index < this.regions; index++) {
      content.text(`f${index}`);
      content.byte(0);
      content.unsigned(imports + index);
    }
    section(out, Section.EXPORT, content);
    content.clear();
    this.#writeHints(content);
    section(out, Section.CUSTOM, content);
    content.clear();
    content.unsigned(this.regions);
    content.append(this.code.bytes);
    section(out, Section.CODE, content);
    return out.bytes.slice();
  }

  #writeHints(out: ByteWriter): void {
    out.text("metadata.code.branch_hint");
    const hinted = this.#hints.flatMap((hints, index) => (hints.length > 0 ? [{ hints, index }] : []));
    out.unsigned(hinted.length);
    for (const { hints, index } of hinted) {
      out.unsigned(IMPORTS + index);
      out.unsigned(hints.length / 2);
      for (let at = 0; at < hints.length; at += 2) {
        out.unsigned(hints[at]);
        out.byte(1);
        out.byte(hints[at + 1]);
      }
    }
  }
}

/**
 * A module with what every other one needs: `f0` is a region that stands for callees without one, and sends its caller
 * to the core, to go on there; `f1` works out the flags.
 */
export function commonModule(pages: number): Uint8Array {
  const writer = new ModuleWriter();
  writer.nextHints();
  writer.nextHints(UNPACK_TYPE);
  const body = new ByteWriter();
  // No locals; REGION is set, and the address is the result.
  body.unsigned(0);
  for (const constant of [0, TO_CALLEE]) {
    body.byte(Wasm.I32_CONST);
    body.signed(constant);
  }
  body.byte(Wasm.I32_STORE);
  body.byte(2);
  body.unsigned(Slot.REGION);
  for (const byte of [Wasm.LOCAL_GET, 1, Wasm.END]) body.byte(byte);
  writer.code.unsigned(body.length);
  writer.code.append(body.bytes);
  writeUnpack(writer.code);
  return writer.finish(pages, false, 0);
}
