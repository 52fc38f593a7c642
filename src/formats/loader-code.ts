import type { LoaderFile } from "./loader-file.ts";
import { decodeThumb, type ThumbInstruction } from "./thumb-instruction.ts";

/** Tells code from data by the file's mapping symbols ("ELF for the Arm Architecture" 5.5.5); `undefined` without any. */
export function codeTest(loader: Pick<LoaderFile, "symbols">): ((address: number) => boolean) | undefined {
  const marks = loader.symbols
    .filter(({ name }) => /^\$[tda](\..*)?$/.test(name))
    .map(({ name, value }) => ({ at: (value & ~1) >>> 0, code: name[1] === "t" }))
    .sort((a, b) => a.at - b.at);
  if (!marks.some(({ code }) => code)) return undefined;
  let index = 0;
  return (address) => {
    while (index > 0 && marks[index].at > address) index--;
    while (index + 1 < marks.length && marks[index + 1].at <= address) index++;
    return marks[index].at <= address && marks[index].code;
  };
}

/** Every instruction of a loader, by a linear sweep, at the addresses of its file. */
export function* instructionsOf(
  loader: LoaderFile,
): Iterable<{ readonly at: number; readonly code: ThumbInstruction }> {
  const isCode = codeTest(loader) ?? (() => true);
  for (const { address, data } of loader.segments) {
    for (let offset = 0; offset + 2 <= data.length; ) {
      const at = address + offset;
      const code = isCode(at) ? decodeThumb(data, offset, at) : undefined;
      if (code !== undefined) yield { at, code };
      offset += code?.length ?? 2;
    }
  }
}
