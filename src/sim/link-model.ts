import type { Generation } from "./probe/identity.ts";

/** What one USB generation costs. */
interface UsbCost {
  /** One bulk stage (the command block, or a data phase): host controller, bus scheduling and firmware together. */
  readonly stageNanoseconds: number;
  /** One byte of a bulk stage. */
  readonly byteNanoseconds: number;
}

/**
 * Full speed, V2 and V2-1. Published times of a command with its reply lie between 0.3 and 1 ms; 0.2 ms a stage is a
 * host controller that serves OUT and IN within the same 1 ms frame. A frame carries 19 bulk packets of 64 bytes (USB 2.0
 * table 5-9): 1.216 MB/s.
 */
const FULL_SPEED: UsbCost = { stageNanoseconds: 200_000, byteNanoseconds: 1e6 / (19 * 64) };

/**
 * High speed, V3: a stage is half of a 125 us microframe, and 8 of the 13 packets of 512 bytes that fit one
 * (USB 2.0 table 5-10) are what host controllers reach in practice: 32.8 MB/s.
 */
const HIGH_SPEED: UsbCost = { stageNanoseconds: 62_500, byteNanoseconds: 125_000 / (8 * 512) };

/**
 * Clocks of one SWD transaction: 8 request, 1 turnaround, 3 acknowledge, 33 data and parity, 1 turnaround
 * (ADIv5.2 B4.2); a JTAG scan of 35 bits with its state changes comes to much the same.
 */
export const CLOCKS_PER_TRANSACTION = 46;

const BLOCK_BYTES = 16;

/** What went over the link in one transfer. */
export interface TransferFigures {
  readonly generation: Generation;
  /** Bytes of the data phase to the probe, the command block not counted. */
  readonly bytesOut: number;
  /** Bytes of the data phase to the host. */
  readonly bytesIn: number;
  /** Transactions on the debug wires. */
  readonly wireTransactions: number;
  readonly wireHertz: number;
}

/** Modelled time of a transfer, in nanoseconds, by its parts in the order in which they pass. */
export interface TransferCost {
  /** Until the probe has the command and its data. */
  readonly toProbe: number;
  readonly onWires: number;
  /** Until the host has the reply. */
  readonly toHost: number;
}

/**
 * The time that a transfer takes. With it a V2 at 1.8 MHz reads RAM at 137 KB/s, in 6144-byte transfers each followed by
 * its status; pyOCD published 113 KB/s reading and 142 KB/s writing.
 */
export function transferCost(figures: TransferFigures): TransferCost {
  const usb = figures.generation === "V3" ? HIGH_SPEED : FULL_SPEED;
  const stage = (bytes: number): number => (bytes === 0 ? 0 : usb.stageNanoseconds + bytes * usb.byteNanoseconds);
  return {
    toProbe: stage(BLOCK_BYTES) + stage(figures.bytesOut),
    onWires: wireNanoseconds(figures.wireTransactions, figures.wireHertz),
    toHost: stage(figures.bytesIn),
  };
}

/** The time of transactions on the debug wires. */
export function wireNanoseconds(transactions: number, wireHertz: number): number {
  return (transactions * CLOCKS_PER_TRANSACTION * 1e9) / wireHertz;
}

/** {@link transferCost} in one figure. */
export function transferNanoseconds(figures: TransferFigures): number {
  const { toProbe, onWires, toHost } = transferCost(figures);
  return toProbe + onWires + toHost;
}
