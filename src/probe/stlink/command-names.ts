import { debug, group } from "./commands.ts";

/** Names of the commands that are told apart by their first byte. */
export const groupNames: Readonly<Record<number, string>> = {
  [group.getVersion]: "GET_VERSION",
  [group.getCurrentMode]: "GET_CURRENT_MODE",
  [group.getTargetVoltage]: "GET_TARGET_VOLTAGE",
  [group.getVersionEx]: "GET_VERSION_EX",
  [group.swim]: "SWIM",
  [group.dfu]: "DFU",
  253: "DRIVE_TARGET_POWER",
  249: "UPDATE",
  252: "BRIDGE",
};

/** How a reply begins: with a status in its first byte, or at once with what was asked for. */
type ReplyForm = "status" | "plain" | "none";

/** Names of the DEBUG commands, in the words of published drivers, and what their replies begin with. */
export const debugNames: Readonly<Record<number, readonly [name: string, reply: ReplyForm]>> = {
  [debug.readMem32]: ["READMEM_32BIT", "plain"],
  [debug.writeMem32]: ["WRITEMEM_32BIT", "none"],
  [debug.readMem8]: ["READMEM_8BIT", "plain"],
  [debug.writeMem8]: ["WRITEMEM_8BIT", "none"],
  [debug.readMem16]: ["READMEM_16BIT", "plain"],
  [debug.writeMem16]: ["WRITEMEM_16BIT", "none"],
  [debug.writeMem32NoIncrement]: ["WRITEMEM_32BIT_NO_ADDR_INC", "none"],
  [debug.readMem32NoIncrement]: ["READMEM_32BIT_NO_ADDR_INC", "plain"],
  [debug.exit]: ["EXIT", "none"],
  [debug.readCoreId]: ["READCOREID", "plain"],
  [debug.enter]: ["ENTER", "status"],
  [debug.readIdcodes]: ["READ_IDCODES", "status"],
  [debug.resetSys]: ["RESETSYS", "status"],
  [debug.readReg]: ["READREG", "status"],
  [debug.writeReg]: ["WRITEREG", "status"],
  [debug.writeDebugReg]: ["WRITEDEBUGREG", "status"],
  [debug.readDebugReg]: ["READDEBUGREG", "status"],
  [debug.readAllRegs]: ["READALLREGS", "status"],
  [debug.getLastRwStatus]: ["GETLASTRWSTATUS", "status"],
  [debug.driveNrst]: ["DRIVE_NRST", "status"],
  [debug.getLastRwStatus2]: ["GETLASTRWSTATUS2", "status"],
  [debug.startTraceRx]: ["START_TRACE_RX", "status"],
  [debug.stopTraceRx]: ["STOP_TRACE_RX", "status"],
  [debug.getTraceNb]: ["GET_TRACE_NB", "plain"],
  [debug.swdSetFreq]: ["SWD_SET_FREQ", "status"],
  [debug.jtagSetFreq]: ["JTAG_SET_FREQ", "status"],
  [debug.readDapReg]: ["READ_DAP_REG", "status"],
  [debug.writeDapReg]: ["WRITE_DAP_REG", "status"],
  [debug.initAp]: ["INIT_AP", "status"],
  [debug.closeAp]: ["CLOSE_AP_DBG", "status"],
  [debug.rwMiscOut]: ["RW_MISC_OUT", "none"],
  [debug.rwMiscIn]: ["RW_MISC_IN", "plain"],
  [debug.rwMiscGetMax]: ["RW_MISC_GET_MAX", "plain"],
  [debug.getBoardIdentifiers]: ["GET_BOARD_IDENTIFIERS", "status"],
  [debug.setComFreq]: ["SET_COM_FREQ", "status"],
  [debug.getComFreq]: ["GET_COM_FREQ", "status"],
  [debug.switchFreq]: ["SWITCH_STLINK_FREQ", "status"],
  55: ["SETWATCHPOINT2", "status"],
  56: ["SETFP2", "status"],
  57: ["CLEARFP2", "status"],
  61: ["READFPUREGS", "status"],
  73: ["BLINK_LED", "status"],
  74: ["GET_DISK_NAME", "plain"],
  85: ["WRITE_DFTREG", "status"],
};

/** Registers of READREG and WRITEREG, which are those of DCRSR (ARMv7-M C1.6.3). */
export function coreRegisterName(number: number): string {
  const named = coreRegisters[number];
  if (named !== undefined) return named;
  if (number >= 0x40 && number < 0x60) return `s${number - 0x40}`;
  return number <= 12 ? `r${number}` : `register ${number}`;
}

const coreRegisters: Readonly<Record<number, string>> = {
  13: "sp",
  14: "lr",
  15: "pc",
  16: "xPSR",
  17: "MSP",
  18: "PSP",
  20: "CONTROL/FAULTMASK/BASEPRI/PRIMASK",
  33: "FPSCR",
};

/** ADIv5.2 B2.2; reads and writes of one address are different registers. */
export function dpRegisterName(register: number, direction: "read" | "write"): string {
  const names = direction === "read" ? dpReads : dpWrites;
  return names[register] ?? `DP register 0x${register.toString(16)}`;
}

const dpReads: Readonly<Record<number, string>> = {
  0: "DPIDR",
  4: "CTRL/STAT",
  8: "RESEND",
  12: "RDBUFF",
  20: "DLCR",
  36: "TARGETID",
  52: "DLPIDR",
};
const dpWrites: Readonly<Record<number, string>> = { 0: "ABORT", 4: "CTRL/STAT", 8: "SELECT", 20: "DLCR" };

/** Registers of a MEM-AP (ADIv5.2 C2.6). */
export function apRegisterName(register: number): string {
  return apRegisters[register] ?? `register 0x${register.toString(16)}`;
}

const apRegisters: Readonly<Record<number, string>> = {
  0: "CSW",
  4: "TAR",
  12: "DRW",
  16: "BD0",
  20: "BD1",
  24: "BD2",
  28: "BD3",
  244: "CFG",
  248: "BASE",
  252: "IDR",
};
