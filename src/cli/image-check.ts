import { coreFamily } from "../chips/table.ts";
import type { BuildAttributes } from "../formats/elf-attributes.ts";
import { noFlashHere } from "./memory-ranges.ts";
import type { TargetForWork } from "./one-shot.ts";
import type { ProgramFile } from "./program-file.ts";
import { Refusal } from "./refusal.ts";

/** Tag_CPU_arch that each core can run at most ("Addenda to, and Errata in, the ABI for the Arm Architecture" 3.3.5.2). */
const runs: Readonly<Record<string, readonly number[]>> = {
  "Cortex-M0": [11, 12],
  "Cortex-M0+": [11, 12],
  "Cortex-M3": [10, 11, 12],
  "Cortex-M4": [10, 11, 12, 13],
  "Cortex-M7": [10, 11, 12, 13],
  "Cortex-M23": [11, 12, 16],
  "Cortex-M33": [10, 11, 12, 13, 16, 17],
  "Cortex-M55": [10, 11, 12, 13, 16, 17, 21],
  "Cortex-M85": [10, 11, 12, 13, 16, 17, 21],
};
/** Tag_FP_arch values that Cortex-M4 and -M7 have: VFPv4-D16 and FPv5-D16 (ditto). */
const withFpu = new Set(["Cortex-M4", "Cortex-M7", "Cortex-M33", "Cortex-M55", "Cortex-M85"]);

/**
 * Refuses a program that this core can't run, or flash that nobody can write here; nothing was erased. Throws
 * `image-wrong-core` (facts: built, core) or `flash-unsupported`. Whether it fits into the memories is the session's to say.
 */
export function checkProgram(program: ProgramFile, file: string, target: TargetForWork): void {
  checkCore(program.build, file, target.target.core.name);
  for (const { address, data } of program.segments) noFlashHere(target, address, data.length);
}

function checkCore(build: BuildAttributes | undefined, file: string, coreName: string): void {
  const core = coreName.split(" ")[0];
  const able = runs[core];
  if (build === undefined || able === undefined) return;
  const { cpuArch = 0, cpuArchName, cpuName, profile, fpArch = 0 } = build;
  const foreignProfile = profile !== undefined && profile !== "M" && profile !== "S";
  const foreignArchitecture = cpuArch > 4 && !able.includes(cpuArch);
  const foreignFpu = fpArch !== 0 && !withFpu.has(core);
  if (!foreignProfile && !foreignArchitecture && !foreignFpu) return;
  const built = cpuName !== undefined && /cortex/i.test(cpuName) ? cpuName : (cpuArchName ?? cpuName ?? "another core");
  const what = foreignProfile || foreignArchitecture ? built : `${built} with floating-point hardware`;
  throw new Refusal(
    "image-wrong-core",
    `${file} was built for ${what}, and this chip has a ${coreName}: it would meet instructions that it lacks.`,
    {
      facts: { built, core: coreName },
      remedy: [
        `Build for this core: -mcpu=${coreFamily(core).toLowerCase()}${withFpu.has(core) ? "" : ", and no -mfpu with -mfloat-abi=hard"}.`,
        "Or connect the board that it was built for, or give --any-core if you know better.",
      ],
    },
  );
}
