import type { CoreRegisterName, CoreRegisters } from "../cortexm/core.ts";

/** One register as GDB knows it. */
export interface GdbRegister {
  readonly name: CoreRegisterName;
  /** GDB's register number, as `p`, `P` and stop replies use it. */
  readonly number: number;
  readonly feature: "org.gnu.gdb.arm.m-profile" | "org.gnu.gdb.arm.m-system";
  readonly type: "uint32" | "data_ptr" | "code_ptr";
  readonly group: "general" | "system";
  /** Its value among all registers of the core. */
  value(registers: CoreRegisters): number;
}

const profile = "org.gnu.gdb.arm.m-profile";
const system = "org.gnu.gdb.arm.m-system";

const generalNames = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12"] as const;

function core(name: CoreRegisterName, number: number, type: GdbRegister["type"] = "uint32"): GdbRegister {
  return { name, number, feature: profile, type, group: "general", value: (all) => all.r[number] };
}

function special(
  name: "msp" | "psp" | "primask" | "basepri" | "faultmask" | "control",
  number: number,
  type: GdbRegister["type"] = "uint32",
): GdbRegister {
  return { name, number, feature: system, type, group: "system", value: (all) => all[name] };
}

/**
 * Every register, in the order of GDB's numbers: the target description, `g`, `G`, `p`, `P` and the registers in stop
 * replies all come from this table. xPSR is 25 by tradition (16 to 24 were the FPA registers of old ARMs); the numbers
 * after it are free (GDB manual, "ARM Features").
 */
export const registerTable: readonly GdbRegister[] = [
  ...generalNames.map((name, number) => core(name, number)),
  core("sp", 13, "data_ptr"),
  core("lr", 14),
  core("pc", 15, "code_ptr"),
  { name: "xpsr", number: 25, feature: profile, type: "uint32", group: "general", value: (all) => all.xpsr },
  special("msp", 26, "data_ptr"),
  special("psp", 27, "data_ptr"),
  special("primask", 28),
  special("basepri", 29),
  special("faultmask", 30),
  special("control", 31),
];

/** What `g` and `p` say of a register that cannot be read now, as those of a running core. */
export const unavailableRegister = "xxxxxxxx";

/** A register's value as the protocol writes it: eight digits, least significant byte first. */
export function registerHex(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes.toString("hex");
}

/** The value of eight digits, least significant byte first; `undefined` when they are not that. */
export function registerFromHex(text: string): number | undefined {
  return /^[0-9a-fA-F]{8}$/.test(text) ? Buffer.from(text, "hex").readUInt32LE(0) : undefined;
}

export function registerByNumber(number: number): GdbRegister | undefined {
  return registerTable.find((register) => register.number === number);
}
