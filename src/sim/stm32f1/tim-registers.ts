/** TIMx_CR1 (RM0008 14.4.1, 15.4.1). */
export const CR1 = { CEN: 1, UDIS: 1 << 1, URS: 1 << 2, OPM: 1 << 3, DIR: 1 << 4, CMS: 3 << 5, ARPE: 1 << 7 } as const;
/** TIMx_CR2. */
export const CR2 = { CCPC: 1, CCUS: 1 << 2, CCDS: 1 << 3, TI1S: 1 << 7 } as const;
/** TIMx_SMCR. */
export const SMCR = { ECE: 1 << 14, ETP: 1 << 15 } as const;
/** TIMx_SR; the enables of DIER stand at the same bits, the DMA enables eight higher. */
export const SR = { UIF: 1, CC1IF: 1 << 1, COMIF: 1 << 5, TIF: 1 << 6, BIF: 1 << 7, CC1OF: 1 << 9 } as const;
/** DMA enables of TIMx_DIER. */
export const DIER = { UDE: 1 << 8, CC1DE: 1 << 9, COMDE: 1 << 13, TDE: 1 << 14 } as const;
/** TIM1_BDTR. */
export const BDTR = { OSSI: 1 << 10, OSSR: 1 << 11, BKE: 1 << 12, BKP: 1 << 13, AOE: 1 << 14, MOE: 1 << 15 } as const;

/** Slave modes, SMCR.SMS. */
export const SMS = { off: 0, reset: 4, gated: 5, trigger: 6, externalClock: 7 } as const;

/** The registers of a timer as software wrote them; what is preloaded takes effect elsewhere. */
export class TimRegisters {
  cr1 = 0;
  cr2 = 0;
  smcr = 0;
  dier = 0;
  sr = 0;
  ccmr1 = 0;
  ccmr2 = 0;
  ccer = 0;
  psc = 0;
  arr = 0xffff;
  rcr = 0;
  bdtr = 0;
  dcr = 0;
  readonly ccr = [0, 0, 0, 0];

  /** The channel's half of CCMR1 or CCMR2; channels count from 0. */
  channelMode(channel: number): number {
    return ((channel < 2 ? this.ccmr1 : this.ccmr2) >> ((channel & 1) * 8)) & 0xff;
  }

  /** CCxS: 0 output, 1 own input, 2 the neighbour's input, 3 TRC. */
  selection(channel: number): number {
    return this.channelMode(channel) & 3;
  }

  /** OCxPE. */
  preloads(channel: number): boolean {
    return (this.channelMode(channel) & 8) !== 0;
  }

  /** The channel's four bits of CCER: CCxE, CCxP, CCxNE, CCxNP. */
  enables(channel: number): number {
    return (this.ccer >> (channel * 4)) & 15;
  }

  get sms(): number {
    return this.smcr & 7;
  }

  get ts(): number {
    return (this.smcr >> 4) & 7;
  }

  get mms(): number {
    return (this.cr2 >> 4) & 7;
  }

  reset(): void {
    this.cr1 = this.cr2 = this.smcr = this.dier = this.sr = this.ccmr1 = this.ccmr2 = this.ccer = 0;
    this.psc = this.rcr = this.bdtr = this.dcr = 0;
    this.arr = 0xffff;
    this.ccr.fill(0);
  }
}
