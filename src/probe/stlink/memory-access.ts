import { readU32 } from "../../base/bytes.ts";
import type { Channel } from "./channel.ts";
import { block, debug, group, u16, u32 } from "./commands.ts";

/** Access widths in bits. */
export type Width = 8 | 16 | 32;

const readCommand = { 8: debug.readMem8, 16: debug.readMem16, 32: debug.readMem32 } as const;
const writeCommand = { 8: debug.writeMem8, 16: debug.writeMem16, 32: debug.writeMem32 } as const;

/** What the probe says of the last memory transfer: the status, and where it failed if the firmware can tell. */
export interface TransferResult {
  readonly status: number;
  readonly faultAddress: number | undefined;
}

/** GETLASTRWSTATUS2, or its predecessor on firmware before J15, which gives no address. */
export async function lastResult(channel: Channel, hasFaultAddress: boolean): Promise<TransferResult> {
  if (!hasFaultAddress) {
    const reply = await channel.ask(block(group.debug, debug.getLastRwStatus), 2);
    return { status: reply[0], faultAddress: undefined };
  }
  const reply = await channel.ask(block(group.debug, debug.getLastRwStatus2), 12);
  return { status: reply[0], faultAddress: readU32(reply, 4) };
}

/** The command block of a memory transfer. CSW (bytes 9–11) stays 0: the probe's default. */
export function memoryBlock(direction: "read" | "write", width: Width, address: number, length: number, ap: number) {
  const command = (direction === "read" ? readCommand : writeCommand)[width];
  return block(group.debug, command, ...u32(address), ...u16(length), ap);
}

/** Bytes that the probe sends for a read of `length` bytes: never fewer than two. */
export function replyLength(length: number): number {
  return Math.max(length, 2);
}
