import { hex32, sameBytes } from "../../base/bytes.ts";
import { ProbityError } from "../../base/errors.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";
import {
  type DecodedBytes,
  decodeF1,
  decodeLoaded,
  type F1Loaded,
  type F1Options,
  f1ByteNames,
  OBR_RESERVED,
  RDP_OPEN,
  RDP_PROTECTED,
} from "./f1-layout.ts";

const OBR = 0x1c;
const WRPR = 0x20;
export const F1_OPTION_BYTES = 16;

/** Option bytes of an F1 as read: what is in force, and what will be from the next reset on. */
export interface F1State {
  readonly loaded: F1Loaded;
  readonly bytes: Uint8Array | undefined;
  /** `undefined` while read protection hides the bytes. */
  readonly stored: DecodedBytes | undefined;
}

/** Reads all of it twice. Rejects with `option-bytes-unreadable` when the two differ or cannot be true. */
export async function readF1(port: MemoryPort, controllerBase: number, address: number): Promise<F1State> {
  const first = await readOnce(port, controllerBase, address);
  const second = await readOnce(port, controllerBase, address);
  const { obr, wrpr } = first.loaded;
  const same =
    obr === second.loaded.obr &&
    wrpr === second.loaded.wrpr &&
    (first.bytes === undefined ? second.bytes === undefined : sameBytes(first.bytes, second.bytes ?? new Uint8Array()));
  if (!same) throw unreadable("Two reads of the option bytes in a row differ.", obr, second.loaded.obr);
  // All zeros can't be either: with RDPRT clear the RDP byte was good, and a USER of 0 leaves bits 5 to 9 at 1.
  if ((obr & OBR_RESERVED) !== 0 || obr === 0) {
    throw unreadable(`FLASH_OBR reads ${hex32(obr)}, which it cannot be.`, obr, obr);
  }
  return first;
}

async function readOnce(port: MemoryPort, controllerBase: number, address: number): Promise<F1State> {
  const registers = [OBR, WRPR].map((offset) => ({ kind: "read", address: controllerBase + offset }) as const);
  const [obr, wrpr] = await port.words(registers);
  const loaded = decodeLoaded(obr, wrpr);
  // The bytes are hidden with the flash (PM0075 2.4.1): OBR and WRPR are all there is to go by.
  if (loaded.readProtected) return { loaded, bytes: undefined, stored: undefined };
  const bytes = await port.read(address, F1_OPTION_BYTES);
  return { loaded, bytes, stored: decodeF1(bytes) };
}

function unreadable(message: string, first: number, second: number): ProbityError {
  return new ProbityError("option-bytes-unreadable", message, {
    facts: { value: first, valueAgain: second },
    remedy: [
      "Look after the wires and their length, lower the clock (--frequency), and try again: nothing was changed.",
    ],
  });
}

/** What a change starts from: what is stored; where a byte is erased, what was in force before. */
export function baseOf({ loaded, stored }: F1State): F1Options {
  const { readProtected, user, data0, data1, wrpr } = loaded;
  const rdp = readProtected ? RDP_PROTECTED : RDP_OPEN;
  if (stored === undefined) return { rdp, user, data0, data1, wrp: wrpr };
  const { states, options } = stored;
  const erased = (i: number): boolean => states[i] === "erased";
  const lanes = [0, 1, 2, 3].reduce((mask, i) => (erased(4 + i) ? mask | (0xff << (8 * i)) : mask), 0);
  return {
    rdp: erased(0) ? rdp : options.rdp,
    user: erased(1) ? user : options.user,
    data0: erased(2) ? data0 : options.data0,
    data1: erased(3) ? data1 : options.data1,
    wrp: ((options.wrp & ~lanes) | (wrpr & lanes)) >>> 0,
  };
}

/** What is wrong or half done, in sentences. */
export function problemsOf({ loaded, stored }: F1State): string[] {
  const problems: string[] = [];
  const named = (state: string): string => f1ByteNames.filter((_, i) => stored?.states[i] === state).join(", ");
  const [torn, erased] = [named("torn"), named("erased")];
  if (torn !== "") problems.push(`The complement of ${torn} does not fit: the chip takes 0xFF in its place (OPTERR).`);
  else if (loaded.error && stored === undefined) {
    problems.push("OPTERR: at least one option byte did not fit its complement, and counts as 0xFF.");
  }
  if (stored?.states[0] === "erased") {
    problems.push(
      "RDP is erased, as it is when a change was cut off: flash is open now and read-protected from the next reset on. " +
        "`probity option-bytes set rdp=0` writes all of them back without a loss, while the chip is neither reset nor " +
        "without power.",
    );
  } else if (erased !== "") {
    problems.push(`${erased}: erased and not programmed, as after a change that was cut off; counts as 0xFF.`);
  }
  return problems;
}
