/** One line of the table, and one entry of the JSON file. */
export interface Row {
  /** As `load-64k.transfers`: the job, and what of it is counted. */
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** The same by the peer, where it does the job. */
  readonly peer?: number;
  /** With its version: `OpenOCD 0.12.0 hla_swd`. */
  readonly peerName?: string;
  /** How many times as good ours is; above 1 is better. */
  readonly ratio?: number;
  /** Greatest minus least of the runs, as a part of the median; 0 for what is counted. */
  readonly spread: number;
}

/** A row of counted things, of which fewer are better. */
export function countedRow(name: string, unit: string, ours: number, peer?: { name: string; value: number }): Row {
  const versus = peer && { peer: peer.value, peerName: peer.name, ratio: peer.value / ours };
  return { name, unit, ours, ...versus, spread: 0 };
}
