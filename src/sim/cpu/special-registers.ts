import { CONTROL_NPRIV, CONTROL_SPSEL, type CpuState } from "./state.ts";

/** MRS (ARMv7-M B5.2.2): SYSm in the low byte. */
export function readSpecial(state: CpuState, sysm: number): number {
  switch (sysm >>> 3) {
    case 0: {
      // xPSR and its parts; EPSR reads as zero.
      let value = 0;
      if ((sysm & 1) !== 0 && state.privileged) value |= state.ipsr;
      if ((sysm & 4) === 0) value |= state.apsr;
      return value;
    }
    case 1:
      if (!state.privileged) return 0;
      return sysm === 8 ? state.msp : sysm === 9 ? state.psp : 0;
    case 2:
      switch (sysm) {
        case 16:
          return state.privileged ? state.primask : 0;
        case 17:
        case 18:
          return state.privileged ? state.basepri : 0;
        case 19:
          return state.privileged ? state.faultmask : 0;
        case 20:
          return state.control;
        default:
          return 0;
      }
    default:
      return 0;
  }
}

/** MSR (ARMv7-M B5.2.3). `mask` bit 3 writes NZCVQ, bit 2 GE. */
export function writeSpecial(state: CpuState, sysm: number, mask: number, value: number): void {
  if (sysm < 8) {
    if ((sysm & 4) !== 0) return;
    const ge = (mask & 4) !== 0 ? (value >>> 16) & state.geMask : state.ge;
    if ((mask & 8) !== 0) state.apsr = value;
    state.ge = ge;
    return;
  }
  if (!state.privileged) return;
  switch (sysm) {
    case 8:
      state.msp = value;
      break;
    case 9:
      state.psp = value;
      break;
    case 16:
      state.primask = value & 1;
      break;
    case 17:
      state.basepri = value & state.priorityMask;
      break;
    case 18: {
      const level = value & state.priorityMask;
      if (level !== 0 && (level < state.basepri || state.basepri === 0)) state.basepri = level;
      break;
    }
    case 19:
      if (state.ipsr !== 2 && state.ipsr !== 3) state.faultmask = value & 1;
      break;
    case 20:
      // SPSEL is fixed in Handler mode.
      state.setMode(
        state.ipsr,
        state.ipsr === 0
          ? value & (CONTROL_SPSEL | CONTROL_NPRIV)
          : (state.control & CONTROL_SPSEL) | (value & CONTROL_NPRIV),
      );
      break;
    default:
      break;
  }
}
