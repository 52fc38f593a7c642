import type { Ack } from "./ack.ts";

/** The debug port at the probe's end of its leads: one transaction at a time. */
export interface DebugWires {
  /** What the last acknowledged read returned. */
  readonly data: number;
  /** Transactions since power-on, for the link's time model. */
  readonly transactions: number;
  /** The switching sequence and a line reset (ADIv5.2 B5.2). */
  selectProtocol(protocol: "swd" | "jtag"): void;
  /** The TAP's IDCODE; undefined when none answers (JTAG only). */
  scanIdcode(): number | undefined;
  readDp(address: number): Ack;
  writeDp(address: number, value: number): Ack;
  readAp(address: number): Ack;
  writeAp(address: number, value: number): Ack;
  /** A write whose data reaches the target with the wrong parity (ADIv5.2 B4.2.4). */
  writeSpoilt(): Ack;
}
