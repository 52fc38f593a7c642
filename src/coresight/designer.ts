/** A JEP106 manufacturer code: the bank (number of continuation codes) and the code in it, without parity. */
export interface Designer {
  readonly bank: number;
  readonly code: number;
}

/** Designers that were seen in the ROM tables of STM32 and of chips that pass for them. */
const names: readonly (Designer & { readonly name: string })[] = [
  { bank: 0, code: 0x20, name: "STMicroelectronics" },
  { bank: 4, code: 0x3b, name: "ARM" },
  { bank: 7, code: 0x51, name: "GigaDevice" },
  { bank: 5, code: 0x55, name: "the maker of CS32 (CKS)" },
];

/** The designer's name if it is known, else its code. */
export function designerName(designer: Designer): string {
  const known = names.find((entry) => entry.bank === designer.bank && entry.code === designer.code);
  return known?.name ?? `JEP106 bank ${designer.bank} code 0x${designer.code.toString(16).padStart(2, "0")}`;
}

/** True for STMicroelectronics, JEP106 bank 0 code 0x20. */
export function isSt(designer: Designer): boolean {
  return designer.bank === 0 && designer.code === 0x20;
}
