/** USART_SR (RM0008 27.6.1). */
export const SR = {
  PE: 1 << 0,
  FE: 1 << 1,
  NE: 1 << 2,
  ORE: 1 << 3,
  IDLE: 1 << 4,
  RXNE: 1 << 5,
  TC: 1 << 6,
  TXE: 1 << 7,
  LBD: 1 << 8,
  CTS: 1 << 9,
} as const;

/** USART_CR1 (RM0008 27.6.4). */
export const CR1 = {
  SBK: 1 << 0,
  RWU: 1 << 1,
  RE: 1 << 2,
  TE: 1 << 3,
  IDLEIE: 1 << 4,
  RXNEIE: 1 << 5,
  TCIE: 1 << 6,
  TXEIE: 1 << 7,
  PEIE: 1 << 8,
  PS: 1 << 9,
  PCE: 1 << 10,
  WAKE: 1 << 11,
  M: 1 << 12,
  UE: 1 << 13,
} as const;

/** USART_CR2 (RM0008 27.6.5). */
export const CR2 = { ADD: 15, LBDL: 1 << 5, LBDIE: 1 << 6, LINEN: 1 << 14 } as const;

/** USART_CR3 (RM0008 27.6.6). */
export const CR3 = {
  EIE: 1 << 0,
  HDSEL: 1 << 3,
  DMAR: 1 << 6,
  DMAT: 1 << 7,
  RTSE: 1 << 8,
  CTSE: 1 << 9,
  CTSIE: 1 << 10,
} as const;

/** Flags that fall when SR is read and DR is read after it. */
export const READ_SEQUENCE = SR.PE | SR.FE | SR.NE | SR.ORE | SR.IDLE;
/** Flags that software clears by writing 0. */
export const WRITE_ZERO = SR.CTS | SR.LBD | SR.TC | SR.RXNE;

/** Length of the stop field in bit times for each code of CR2.STOP. */
const stopBits = [1, 0.5, 2, 1.5] as const;

/** Bits of a whole frame: start, data with parity, stop. */
export function frameBits(cr1: number, cr2: number): number {
  return 1 + wordBits(cr1) + stopBits[(cr2 >> 12) & 3];
}

/** Data bits of a frame, the parity bit counted in. */
export function wordBits(cr1: number): number {
  return cr1 & CR1.M ? 9 : 8;
}

/** What goes over the line for `data`: with PCE the most significant bit of the word is the parity. */
export function lineWord(cr1: number, data: number): number {
  const bits = wordBits(cr1);
  if ((cr1 & CR1.PCE) === 0) return data & ((1 << bits) - 1);
  const payload = data & dataMask(cr1);
  let ones = 0;
  for (let rest = payload; rest !== 0; rest >>= 1) ones ^= rest & 1;
  const parity = cr1 & CR1.PS ? ones ^ 1 : ones;
  return payload | (parity << (bits - 1));
}

/** Mask of the data bits proper, without parity. */
export function dataMask(cr1: number): number {
  return (1 << (wordBits(cr1) - (cr1 & CR1.PCE ? 1 : 0))) - 1;
}
