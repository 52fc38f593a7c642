import { noPhase, phaseClocks, type QspiCommand, type QspiLines, type QspiPhase } from "../parts/qspi-wire.ts";

/** The command that CCR describes (RM0386 14.5.6), with address and alternate bytes. */
export function commandOf(ccr: number, address: number, alternate: number, withInstruction: boolean): QspiCommand {
  return {
    instruction: withInstruction ? phase((ccr >>> 8) & 3, 8, ccr & 0xff) : noPhase,
    address: phase((ccr >>> 10) & 3, (((ccr >>> 12) & 3) + 1) * 8, address),
    alternate: phase((ccr >>> 14) & 3, (((ccr >>> 16) & 3) + 1) * 8, alternate),
    dummyCycles: (ccr >>> 18) & 31,
    dataLines: linesOf((ccr >>> 24) & 3),
    doubleRate: ccr >>> 31 === 1,
  };
}

/** SCLK periods before the data. */
export function clocksBefore({ instruction, address, alternate, dummyCycles, doubleRate }: QspiCommand): number {
  const both = phaseClocks(address) + phaseClocks(alternate);
  return phaseClocks(instruction) + (doubleRate ? both / 2 : both) + dummyCycles;
}

/** SCLK periods of a byte of data; 0 for a command without. */
export function clocksPerByte({ dataLines, doubleRate }: QspiCommand): number {
  return dataLines === 0 ? 0 : 8 / dataLines / (doubleRate ? 2 : 1);
}

function phase(mode: number, bits: number, value: number): QspiPhase {
  return mode === 0 ? noPhase : { lines: linesOf(mode), bits, value };
}

/** IMODE, ADMODE, ABMODE and DMODE. */
function linesOf(mode: number): QspiLines {
  return ([0, 1, 2, 4] as const)[mode];
}
