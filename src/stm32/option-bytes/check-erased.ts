import { ProbityError } from "../../base/errors.ts";
import type { MemoryPort } from "../../coresight/memory-port.ts";

const CHUNK = 0x4000;

/**
 * Reads all of flash; resolves to its size when every byte is erased, else rejects with `option-bytes-not-erased`:
 * read protection went away without what it has to cost.
 */
export async function checkErased(port: MemoryPort, base: number, size: number, erased: number): Promise<number> {
  for (let offset = 0; offset < size; offset += CHUNK) {
    const bytes = await port.read(base + offset, Math.min(CHUNK, size - offset));
    const wrong = bytes.findIndex((byte) => byte !== erased);
    if (wrong < 0) continue;
    throw new ProbityError(
      "option-bytes-not-erased",
      "The read protection is gone, but the flash is not erased as the manual says it would be.",
      {
        facts: { address: base + offset + wrong, found: bytes[wrong], expected: erased },
        remedy: ["Erase the whole flash, and be wary of this chip: it may not be what it says."],
      },
    );
  }
  return size;
}
