import type { QspiLines } from "./qspi-wire.ts";

/** Registers that have a read and a write command. */
export type Mt25qRegister =
  | "status"
  | "flagStatus"
  | "nonvolatile"
  | "volatile"
  | "enhancedVolatile"
  | "extendedAddress"
  | "id";

/** What a command does once it is complete. */
export type Mt25qAction =
  | { readonly kind: "read" }
  | { readonly kind: "program" }
  /** Bytes 0: the whole array. */
  | { readonly kind: "erase"; readonly bytes: number }
  | { readonly kind: "readRegister"; readonly register: Mt25qRegister }
  | { readonly kind: "writeRegister"; readonly register: Mt25qRegister; readonly bytes: number }
  | {
      readonly kind: "control";
      readonly does:
        | "writeEnable"
        | "writeDisable"
        | "clearFlags"
        | "enterFourByte"
        | "exitFourByte"
        | "enterQuad"
        | "exitQuad"
        | "resetEnable"
        | "reset";
    };

/** One command, as it goes over the wires in the extended SPI protocol; in dual and quad protocol all is on 2 or 4 lines. */
export interface Mt25qCommand {
  readonly action: Mt25qAction;
  /** Address bytes: `mode` is 3, or 4 after ENTER 4-BYTE ADDRESS MODE. */
  readonly addressBytes: 0 | 4 | "mode";
  readonly addressLines: QspiLines;
  readonly dataLines: QspiLines;
  /** Dummy clocks unless a configuration register says otherwise; 0 for a command that never has any. */
  readonly dummyClocks: number;
  /** Protocols that know it, by lines of the instruction. */
  readonly protocols: readonly QspiLines[];
  readonly whileBusy: boolean;
}

const all: readonly QspiLines[] = [1, 2, 4];

function command(action: Mt25qAction, more: Partial<Mt25qCommand> = {}): Mt25qCommand {
  return {
    action,
    addressBytes: 0,
    addressLines: 1,
    dataLines: 1,
    dummyClocks: 0,
    protocols: all,
    whileBusy: false,
    ...more,
  };
}

const read = (
  addressBytes: 4 | "mode",
  addressLines: QspiLines,
  dataLines: QspiLines,
  dummyClocks: number,
): Mt25qCommand =>
  command(
    { kind: "read" },
    { addressBytes, addressLines, dataLines, dummyClocks, protocols: dummyClocks === 0 ? [1] : all },
  );
const program = (addressBytes: 4 | "mode", addressLines: QspiLines, dataLines: QspiLines): Mt25qCommand =>
  command({ kind: "program" }, { addressBytes, addressLines, dataLines });
const erase = (addressBytes: 0 | 4 | "mode", bytes: number): Mt25qCommand =>
  command({ kind: "erase", bytes }, { addressBytes });
const readRegister = (register: Mt25qRegister, more: Partial<Mt25qCommand> = {}): Mt25qCommand =>
  command({ kind: "readRegister", register }, more);
const writeRegister = (register: Mt25qRegister, bytes = 1): Mt25qCommand =>
  command({ kind: "writeRegister", register, bytes });
const control = (does: Extract<Mt25qAction, { kind: "control" }>["does"], whileBusy = false): Mt25qCommand =>
  command({ kind: "control", does }, { whileBusy });

/** Commands by code: MT25QL512A data sheet, table "Command set". Suspend, OTP, locks, SFDP and DTR are not there. */
export const mt25qCommands: ReadonlyMap<number, Mt25qCommand> = new Map([
  [0x03, read("mode", 1, 1, 0)],
  [0x0b, read("mode", 1, 1, 8)],
  [0x3b, read("mode", 1, 2, 8)],
  [0xbb, read("mode", 2, 2, 8)],
  [0x6b, read("mode", 1, 4, 8)],
  [0xeb, read("mode", 4, 4, 10)],
  [0x13, read(4, 1, 1, 0)],
  [0x0c, read(4, 1, 1, 8)],
  [0x3c, read(4, 1, 2, 8)],
  [0xbc, read(4, 2, 2, 8)],
  [0x6c, read(4, 1, 4, 8)],
  [0xec, read(4, 4, 4, 10)],
  [0x02, program("mode", 1, 1)],
  [0xa2, program("mode", 1, 2)],
  [0xd2, program("mode", 2, 2)],
  [0x32, program("mode", 1, 4)],
  [0x38, program("mode", 4, 4)],
  [0x12, program(4, 1, 1)],
  [0x34, program(4, 1, 4)],
  [0x3e, program(4, 4, 4)],
  [0x20, erase("mode", 0x1000)],
  [0x52, erase("mode", 0x8000)],
  [0xd8, erase("mode", 0x10000)],
  [0x21, erase(4, 0x1000)],
  [0x5c, erase(4, 0x8000)],
  [0xdc, erase(4, 0x10000)],
  [0xc7, erase(0, 0)],
  [0x60, erase(0, 0)],
  [0x9e, readRegister("id", { protocols: [1] })],
  [0x9f, readRegister("id", { protocols: [1] })],
  [0xaf, readRegister("id", { protocols: [2, 4] })],
  [0x05, readRegister("status", { whileBusy: true })],
  [0x70, readRegister("flagStatus", { whileBusy: true })],
  [0xb5, readRegister("nonvolatile")],
  [0x85, readRegister("volatile")],
  [0x65, readRegister("enhancedVolatile")],
  [0xc8, readRegister("extendedAddress")],
  [0x01, writeRegister("status")],
  [0xb1, writeRegister("nonvolatile", 2)],
  [0x81, writeRegister("volatile")],
  [0x61, writeRegister("enhancedVolatile")],
  [0xc5, writeRegister("extendedAddress")],
  [0x06, control("writeEnable")],
  [0x04, control("writeDisable")],
  [0x50, control("clearFlags")],
  [0xb7, control("enterFourByte")],
  [0xe9, control("exitFourByte")],
  [0x35, control("enterQuad")],
  [0xf5, control("exitQuad")],
  [0x66, control("resetEnable", true)],
  [0x99, control("reset", true)],
]);
