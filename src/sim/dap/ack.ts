/**
 * The target's acknowledge of one transaction, as the three bits on SWDIO (ADIv5.2 B4.2.2). `none` is what a probe samples
 * from the pulled-up line when nothing drives it.
 */
export const ACK = { ok: 0b001, wait: 0b010, fault: 0b100, none: 0b111 } as const;

export type Ack = (typeof ACK)[keyof typeof ACK];
