import { readU32, writeU32 } from "../../base/bytes.ts";
import type { WordOperation } from "../probe.ts";
import { miscItem } from "./commands.ts";
import { statusClass } from "./status.ts";

/** One packet of the probe's word queue, and which of its items answer which operation. */
export interface WordBatch {
  /** Data phase of RW_MISC_OUT: opcodes padded to four bytes, then one argument word each. */
  readonly data: Uint8Array;
  readonly items: number;
  readonly operations: readonly { readonly operation: WordOperation; readonly item: number }[];
}

/**
 * Packs single-word accesses into packets of at most `maximumItems`. Each packet begins with the access port's number;
 * a write takes an ADDRESS item before it unless the last one names the same address (it does not advance).
 */
export function packWords(ap: number, operations: readonly WordOperation[], maximumItems: number): WordBatch[] {
  const batches: WordBatch[] = [];
  let opcodes: number[] = [];
  let values: number[] = [];
  let members: { operation: WordOperation; item: number }[] = [];
  let address: number | undefined;
  const begin = (): void => {
    opcodes = [miscItem.apNumber];
    values = [ap];
    members = [];
    address = undefined;
  };
  const finish = (): void => {
    if (members.length === 0) return;
    const head = (opcodes.length + 3) & ~3;
    const data = new Uint8Array(head + 4 * opcodes.length);
    data.set(opcodes);
    values.forEach((value, i) => {
      writeU32(data, head + 4 * i, value);
    });
    batches.push({ data, items: opcodes.length, operations: members });
  };
  begin();
  for (const operation of operations) {
    const needed = operation.kind === "write" && operation.address !== address ? 2 : 1;
    if (opcodes.length + needed > maximumItems) {
      finish();
      begin();
    }
    if (operation.kind === "write") {
      if (operation.address !== address) {
        opcodes.push(miscItem.address);
        values.push(operation.address);
        address = operation.address;
      }
      opcodes.push(miscItem.write);
      values.push(operation.value);
    } else {
      opcodes.push(miscItem.read);
      values.push(operation.address);
    }
    members.push({ operation, item: opcodes.length - 1 });
  }
  finish();
  return batches;
}

/** Value and status of one item in the answer of RW_MISC_IN: all values first, then all status words. */
export function batchResult(reply: Uint8Array, items: number, item: number): { value: number; status: number } {
  return { value: readU32(reply, 4 * item), status: reply[4 * (items + item)] };
}

/** Status of the first item that did not succeed, that of the last item when all did. */
export function firstFailure(reply: Uint8Array, items: number): number {
  for (let item = 0; item < items - 1; item++) {
    const { status } = batchResult(reply, items, item);
    if (statusClass(status) !== "ok") return status;
  }
  return batchResult(reply, items, items - 1).status;
}
