/** ADC_SR (RM0008 11.12.1). */
export const SR = { AWD: 1, EOC: 2, JEOC: 4, JSTRT: 8, STRT: 16 } as const;

/** ADC_CR1 (RM0008 11.12.2). */
export const CR1 = {
  EOCIE: 1 << 5,
  AWDIE: 1 << 6,
  JEOCIE: 1 << 7,
  SCAN: 1 << 8,
  AWDSGL: 1 << 9,
  JAUTO: 1 << 10,
  DISCEN: 1 << 11,
  JDISCEN: 1 << 12,
  JAWDEN: 1 << 22,
  AWDEN: 1 << 23,
} as const;

/** ADC_CR2 (RM0008 11.12.3). */
export const CR2 = {
  ADON: 1 << 0,
  CONT: 1 << 1,
  CAL: 1 << 2,
  RSTCAL: 1 << 3,
  DMA: 1 << 8,
  ALIGN: 1 << 11,
  JEXTTRIG: 1 << 15,
  EXTTRIG: 1 << 20,
  JSWSTART: 1 << 21,
  SWSTART: 1 << 22,
  TSVREFE: 1 << 23,
} as const;

/** Trigger lines by EXTSEL; 7 is SWSTART (RM0008 table 69). */
export const regularTriggers: readonly string[] = [
  "TIM1_CC1",
  "TIM1_CC2",
  "TIM1_CC3",
  "TIM2_CC2",
  "TIM3_TRGO",
  "TIM4_CC4",
  "EXTI11",
];

/** Trigger lines by JEXTSEL; 7 is JSWSTART (RM0008 table 70). */
export const injectedTriggers: readonly string[] = [
  "TIM1_TRGO",
  "TIM1_CC4",
  "TIM2_TRGO",
  "TIM2_CC1",
  "TIM3_CC4",
  "TIM4_TRGO",
  "EXTI15",
];

export const SOFTWARE_TRIGGER = 7;

/** ADC clock cycles of sampling and conversion together by SMPx: the sampling time and 12.5 cycles (RM0008 11.6). */
export const conversionCycles: readonly number[] = [14, 20, 26, 41, 54, 68, 84, 252];

/** What a dual mode couples, by DUALMOD (RM0008 11.12.2). */
export interface DualMode {
  readonly regular?: "simultaneous" | "fast" | "slow";
  readonly injected?: "simultaneous" | "alternate";
}

export const dualModes: Readonly<Record<number, DualMode>> = {
  1: { regular: "simultaneous", injected: "simultaneous" },
  2: { regular: "simultaneous", injected: "alternate" },
  3: { regular: "fast", injected: "simultaneous" },
  4: { regular: "slow", injected: "simultaneous" },
  5: { injected: "simultaneous" },
  6: { regular: "simultaneous" },
  7: { regular: "fast" },
  8: { regular: "slow" },
  9: { injected: "alternate" },
};

/** Temperature sensor at 25 °C and internal reference, in volts (DS5319, ADC and temperature sensor characteristics). */
export const internalVolts = { temperature: 1.43, reference: 1.2 } as const;

/** The registers that software writes. */
export class AdcRegisters {
  cr1 = 0;
  cr2 = 0;
  smpr1 = 0;
  smpr2 = 0;
  readonly jofr = [0, 0, 0, 0];
  htr = 0xfff;
  ltr = 0;
  sqr1 = 0;
  sqr2 = 0;
  sqr3 = 0;
  jsqr = 0;

  /** Channels of the regular group in order; without SCAN the first alone. */
  regularSequence(): number[] {
    const length = this.cr1 & CR1.SCAN ? ((this.sqr1 >> 20) & 15) + 1 : 1;
    return Array.from({ length }, (_, rank) => {
      const register = rank < 6 ? this.sqr3 : rank < 12 ? this.sqr2 : this.sqr1;
      return (register >> ((rank % 6) * 5)) & 31;
    });
  }

  /** Channels of the injected group in order: with JL + 1 of them the sequence begins at JSQ(4 - JL) (RM0008 11.12.12). */
  injectedSequence(): number[] {
    const last = (this.jsqr >> 20) & 3;
    const length = this.cr1 & CR1.SCAN ? last + 1 : 1;
    return Array.from({ length }, (_, rank) => (this.jsqr >> ((3 - last + rank) * 5)) & 31);
  }

  /** ADC clock cycles that a conversion of `channel` takes. */
  cycles(channel: number): number {
    const code = channel < 10 ? (this.smpr2 >> (channel * 3)) & 7 : (this.smpr1 >> ((channel - 10) * 3)) & 7;
    return conversionCycles[code];
  }

  reset(): void {
    this.cr1 = this.cr2 = this.smpr1 = this.smpr2 = this.ltr = this.sqr1 = this.sqr2 = this.sqr3 = this.jsqr = 0;
    this.htr = 0xfff;
    this.jofr.fill(0);
  }
}
