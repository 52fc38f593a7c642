import type { Command } from "./command.ts";
import { clockCommands } from "./commands-clock.ts";
import { dapCommands } from "./commands-dap.ts";
import { debugCommands } from "./commands-debug.ts";
import { debugV1Commands, enterV1Command } from "./commands-debug-v1.ts";
import { generalCommands } from "./commands-general.ts";
import { memoryCommands } from "./commands-memory.ts";
import { miscQueueCommands } from "./commands-misc-queue.ts";
import { registerCommands } from "./commands-registers.ts";
import { swimCommands } from "./commands-swim.ts";
import { traceCommands } from "./commands-trace.ts";

/** Every command that some firmware knows: opcode, name, first version, what it does. */
export const commandTable: readonly Command[] = [
  ...generalCommands,
  ...swimCommands,
  ...debugV1Commands,
  enterV1Command,
  ...debugCommands,
  ...registerCommands,
  ...memoryCommands,
  ...dapCommands,
  ...miscQueueCommands,
  ...clockCommands,
  ...traceCommands,
];

const WHOLE_GROUP = 0x100;

const byOpcode = new Map(
  commandTable.map((command) => [command.group * 0x200 + (command.sub ?? WHOLE_GROUP), command]),
);

/** The table's line for a command block, whatever firmware knows it; undefined when none does. */
export function findCommand(block: Uint8Array): Command | undefined {
  return byOpcode.get(block[0] * 0x200 + block[1]) ?? byOpcode.get(block[0] * 0x200 + WHOLE_GROUP);
}

/** The command's name for logs: `READMEM_32BIT`, or its opcode, `F2.7F`, when it has none. */
export function commandName(block: Uint8Array): string {
  const digits = (byte: number): string => (byte ?? 0).toString(16).toUpperCase().padStart(2, "0");
  return findCommand(block)?.name ?? `${digits(block[0])}.${digits(block[1])}`;
}
