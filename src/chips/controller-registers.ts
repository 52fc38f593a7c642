/** The controllers that put external memory on an STM32's bus. */
export type MemoryController = "FSMC" | "FMC" | "QUADSPI" | "OCTOSPI" | "XSPI" | "HSPI";

/** Name of the register at an offset from a controller's base, `undefined` where none stands. */
export function controllerRegisterName(controller: MemoryController, offset: number): string | undefined {
  const word = offset & ~3;
  if (controller === "FSMC") return fsmcRegisters[word];
  if (controller === "FMC") return fmcRegisters[word];
  if (controller === "QUADSPI") return quadspiRegisters[word];
  return octospiRegisters[word];
}

/** BCR/BTR and BWTR of the four chip selects: the same in FSMC and FMC. */
const norRegisters: Readonly<Record<number, string>> = Object.fromEntries(
  [1, 2, 3, 4].flatMap((n) => [
    [8 * (n - 1), `BCR${n}: NOR/SRAM`],
    [8 * (n - 1) + 4, `BTR${n}: NOR/SRAM`],
    [0x104 + 8 * (n - 1), `BWTR${n}: NOR/SRAM`],
  ]),
);

/** RM0008 21.6.8. */
const fsmcRegisters: Readonly<Record<number, string>> = {
  ...norRegisters,
  ...Object.fromEntries(
    [2, 3, 4].flatMap((bank) => {
      const memory = bank === 4 ? "PC Card" : `NAND bank ${bank}`;
      return ["PCR", "SR", "PMEM", "PATT", bank === 4 ? "PIO" : "", bank === 4 ? "" : "ECCR"]
        .map((name, i) => [0x60 + 0x20 * (bank - 2) + 4 * i, name && `${name}${bank}: ${memory}`])
        .filter(([, name]) => name !== "");
    }),
  ),
};

/** RM0390 11.6, RM0433 22.9: one NAND bank, and SDRAM. F42x keeps the FSMC's bank 2 to 4 at the same offsets. */
const fmcRegisters: Readonly<Record<number, string>> = {
  ...fsmcRegisters,
  128: "PCR: NAND",
  132: "SR: NAND",
  136: "PMEM: NAND",
  140: "PATT: NAND",
  148: "ECCR: NAND",
  320: "SDCR1: SDRAM",
  324: "SDCR2: SDRAM",
  328: "SDTR1: SDRAM",
  332: "SDTR2: SDRAM",
  336: "SDCMR: SDRAM",
  340: "SDRTR: SDRAM",
  344: "SDSR: SDRAM",
};

/** RM0385 14.5. */
const quadspiRegisters: Readonly<Record<number, string>> = {
  0: "CR",
  4: "DCR",
  8: "SR",
  12: "FCR",
  16: "DLR",
  20: "CCR",
  24: "AR",
  28: "ABR",
  32: "DR",
  36: "PSMKR",
  40: "PSMAR",
  44: "PIR",
  48: "LPTR",
};

/** RM0432 20.7; HSPI and XSPI have the same registers at the same offsets. */
const octospiRegisters: Readonly<Record<number, string>> = {
  0: "CR",
  8: "DCR1",
  12: "DCR2",
  16: "DCR3",
  20: "DCR4",
  32: "SR",
  36: "FCR",
  64: "DLR",
  72: "AR",
  80: "DR",
  128: "PSMKR",
  136: "PSMAR",
  144: "PIR",
  256: "CCR",
  264: "TCR",
  272: "IR",
  288: "ABR",
  304: "LPTR",
};
