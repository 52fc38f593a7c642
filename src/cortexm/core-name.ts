export type Architecture = "v6-M" | "v7-M" | "v8-M";

const parts: Readonly<Record<number, { readonly name: string; readonly architecture: Architecture }>> = {
  3104: { name: "Cortex-M0", architecture: "v6-M" },
  3105: { name: "Cortex-M1", architecture: "v6-M" },
  3168: { name: "Cortex-M0+", architecture: "v6-M" },
  3107: { name: "Cortex-M3", architecture: "v7-M" },
  3108: { name: "Cortex-M4", architecture: "v7-M" },
  3111: { name: "Cortex-M7", architecture: "v7-M" },
  3360: { name: "Cortex-M23", architecture: "v8-M" },
  3361: { name: "Cortex-M33", architecture: "v8-M" },
  3362: { name: "Cortex-M55", architecture: "v8-M" },
  3363: { name: "Cortex-M85", architecture: "v8-M" },
};

export interface CoreIdentity {
  /** `Cortex-M3`; for an unknown part its number. */
  readonly part: string;
  /** `Cortex-M3 r1p1`. */
  readonly name: string;
  readonly architecture: Architecture;
}

/** CPUID decoded (ARMv7-M B3.2.3); `undefined` for a value that no core gives. */
export function coreIdentity(cpuid: number): CoreIdentity | undefined {
  if (cpuid === 0 || cpuid === 0xffffffff) return undefined;
  const number = (cpuid >>> 4) & 0xfff;
  const known = parts[number];
  const part = known?.name ?? `Cortex-M part 0x${number.toString(16)}`;
  // CPUID bits 19:16: 0xC is ARMv6-M, 0xF the main profile.
  const architecture = known?.architecture ?? (((cpuid >>> 16) & 0xf) === 0xc ? "v6-M" : "v7-M");
  return { part, name: `${part} r${(cpuid >>> 20) & 0xf}p${cpuid & 0xf}`, architecture };
}
