// Builds the algorithms of this folder and writes them as data into src/flash/algorithms/.
//   node firmware/flash-algorithm/generate.mjs           writes
//   node firmware/flash-algorithm/generate.mjs --check   fails when what is committed is not what the sources give
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../../src/flash/algorithms/", import.meta.url));

const flags = [
  "-mcpu=cortex-m0 -mthumb -std=c11 -ffreestanding -fno-jump-tables -Wall -Wextra -Werror",
  "-nostdlib -nostartfiles -Wl,--build-id=none -Wl,--fatal-warnings -Talgorithm.ld",
]
  .join(" ")
  .split(" ");

const algorithms = [
  {
    file: "stm32f1.ts",
    constant: "stm32f1Algorithm",
    about:
      "Erases, programs and checksums the flash of an STM32F1 from slots in RAM; see firmware/flash-algorithm/stm32f1.c.",
    sources: ["stm32f1.c", "program-half-words.S"],
    optimize: "-Os",
    entry: "serve",
  },
  {
    file: "crc32.ts",
    constant: "crc32Algorithm",
    about: "CRC-32 of any memory, r0 address, r1 length, r2 table of 1 KiB; see firmware/flash-algorithm/crc32.c.",
    sources: ["crc32.c"],
    optimize: "-O2",
    entry: "crc32",
  },
  {
    file: "loader-queue.ts",
    constant: "loaderQueue",
    about:
      "What a flash loader is called from, r0 the control block of its queue; see firmware/flash-algorithm/loader-queue.S.",
    sources: ["loader-queue.S"],
    optimize: "-Os",
    entry: "queue",
    labels: ["fault_trap", "leave_handler"],
  },
];

function build({ sources, optimize, entry, labels = [] }) {
  const folder = mkdtempSync(join(tmpdir(), "probity-algorithm-"));
  try {
    const elf = join(folder, "algorithm.elf");
    const binary = join(folder, "algorithm.bin");
    execFileSync("arm-none-eabi-gcc", [...flags, optimize, "trap.S", ...sources, "-o", elf], { cwd: here });
    execFileSync("arm-none-eabi-objcopy", ["-O", "binary", elf, binary]);
    const symbols = execFileSync("arm-none-eabi-nm", [elf], { encoding: "utf8" });
    const addressOf = (name) => {
      const address = new RegExp(`^([0-9a-f]+) T ${name}$`, "m").exec(symbols);
      if (address === null) throw new Error(`${name} is not in the algorithm`);
      return Number.parseInt(address[1], 16);
    };
    const offsets = labels.map((name) => [name.replace(/_(.)/g, (_, letter) => letter.toUpperCase()), addressOf(name)]);
    return { code: readFileSync(binary), entry: addressOf(entry), offsets };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function source(algorithm) {
  const { code, entry, offsets } = build(algorithm);
  const labels = offsets.map(([name, offset]) => `${name}: 0x${offset.toString(16)}`).join(", ");
  const type =
    labels === "" ? "RamAlgorithm" : `LabelledAlgorithm<${offsets.map(([name]) => `"${name}"`).join(" | ")}>`;
  const words = [];
  for (let at = 0; at < code.length; at += 4) words.push(code.readUInt32LE(at).toString(16).padStart(8, "0"));
  const lines = [];
  for (let at = 0; at < words.length; at += 12) lines.push(`    ${words.slice(at, at + 12).join(" ")}`);
  return `// Made by firmware/flash-algorithm/generate.mjs; do not edit.
import { type ${labels === "" ? "RamAlgorithm" : "LabelledAlgorithm"}, wordsOf } from "./ram-algorithm.ts";

/** ${algorithm.about} */
export const ${algorithm.constant}: ${type} = {
  entry: 0x${entry.toString(16)},${labels === "" ? "" : `\n  labels: { ${labels} },`}
  code: wordsOf(\`
${lines.join("\n")}
  \`),
};
`;
}

let different = 0;
for (const algorithm of algorithms) {
  const path = join(target, algorithm.file);
  const wanted = source(algorithm);
  if (!process.argv.includes("--check")) writeFileSync(path, wanted);
  else if (readFileSync(path, "utf8") !== wanted) {
    console.error(`${algorithm.file} is not what its sources give: run node firmware/flash-algorithm/generate.mjs`);
    different++;
  }
}
process.exit(different === 0 ? 0 : 1);
