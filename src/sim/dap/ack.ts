/**
 * The target's acknowledge of one transaction, as the three bits on SWDIO (ADIv5.2 B4.2.2). `none` is what a probe samples
 * from the pulled-up line when nothing drives it.
 */
export const ACK = {
  ok: 0b001,
  wait: 0b010,
  fault: 0b100,
  none: 0b111,
  /** The line is held low. */
  low: 0b000,
  /** Not on the wire: the target acknowledged with OK, and what the probe then read has the wrong parity. */
  parity: 0b1000,
} as const;

/** The bits as sampled, those that no target sends included; or {@link ACK.parity}. */
export type Ack = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
