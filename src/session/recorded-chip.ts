import { readU32 } from "../base/bytes.ts";
import type { Chip } from "../chips/chip.ts";
import { chipByDeviceId } from "../chips/table.ts";
import type { Exchange } from "../link/recording/exchange.ts";
import { miscItem } from "../probe/stlink/commands.ts";
import { type MiscItem, parseCommand } from "../probe/stlink/parse-command.ts";

/** Where DBGMCU_IDCODE may stand, by `devices.json`. */
const idcodeAddresses: ReadonlySet<number> = new Set([0xe0042000, 0x40015800, 0xe0044000, 0x5c001000, 0xe00e1000]);

/** The chip of a recording, by the first DBGMCU_IDCODE that was read; `undefined` when none was, or it is unknown. */
export function recordedChip(exchanges: readonly Exchange[]): Chip | undefined {
  let items: readonly MiscItem[] = [];
  for (const { command, write, data, kind } of exchanges) {
    if (kind === "trace") continue;
    const parsed = parseCommand(command, write);
    let idcode: number | undefined;
    if (parsed.kind === "misc") items = parsed.items;
    else if (parsed.kind === "question") {
      const at = items.findIndex(({ opcode, argument }) => opcode === miscItem.read && idcodeAddresses.has(argument));
      if (at >= 0 && data.length === 8 * items.length) idcode = readU32(data, 4 * at);
    } else if (parsed.kind === "debug-word" && idcodeAddresses.has(parsed.address) && data.length >= 8) {
      idcode = readU32(data, 4);
    } else if (parsed.kind === "memory" && idcodeAddresses.has(parsed.address) && data.length >= 4) {
      idcode = readU32(data, 0);
    }
    const chip = idcode === undefined ? undefined : chipByDeviceId(idcode & 0xfff);
    if (chip !== undefined) return chip;
  }
  return undefined;
}
