import { hex32 } from "../base/bytes.ts";
import { ProbityError } from "../base/errors.ts";
import type { LoadedMemory } from "./loaded-memory.ts";

/** Where memory controllers map what is outside of the chip (ARMv7-M B3.1: external RAM). */
const OUTSIDE = { base: 0x60000000, end: 0xa0000000 } as const;

/** No register of a device on a memory bus, such as a display's, is longer; what is longer was meant for a memory. */
const LONGEST_REGISTER = 16;

/**
 * Whether what was written has to read back. A memory controller that is not set up takes writes that go nowhere, and
 * says nothing.
 */
export function mustHold(address: number, length: number, memory: LoadedMemory | undefined): boolean {
  const outside = address >= OUTSIDE.base && address < OUTSIDE.end;
  return outside && (memory !== undefined || length > LONGEST_REGISTER);
}

/** Throws `memory-not-there` (facts: address, expected, found) at the first byte that differs from what was written. */
export function checkHeld(address: number, written: Uint8Array, found: Uint8Array): void {
  const at = written.findIndex((byte, i) => byte !== found[i]);
  if (at < 0) return;
  throw new ProbityError(
    "memory-not-there",
    `What was written is not there afterwards: ${hex32(address + at)} reads 0x${hexByte(found[at])} instead of 0x${hexByte(written[at])}. No memory is fitted there, or its controller is not set up.`,
    {
      facts: { address: address + at, expected: written[at], found: found[at] },
      remedy: [
        "Give the loader of this memory (-el FILE), and --external-init if the core ran or was reset since.",
        "Or let the program run until it has set up the memory controller, then write.",
      ],
    },
  );
}

/** What a user should know after a reset that left a memory out of reach into which something was loaded. */
export function initUndone(memory: LoadedMemory): string {
  return `The reset undid Init() of ${memory.file}: until the program sets the ${memory.name} up itself, what was loaded there is out of reach. --external-init has Init() called after every reset.`;
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, "0");
}
