import fc from "fast-check";
import { packetFamilies } from "../../src/gdb/packets/registry.ts";

/** Well-formed packets of every family, to be damaged. */
const samples = [
  "qSupported:swbreak+;hwbreak+", "vMustReplyEmpty", "QStartNoAckMode", "!", "?", "g", "p0", "P0=00000000",
  "m20000000,10", "M20000000,2:0102", "X20000000,2:ab", "x20000000,10", "c", "s", "vCont?", "vCont;c", "vCont;s:1;c",
  "vCont;r8000100,8000110:1", "vCont;t", "Z0,20000100,2", "z0,20000100,2", "Z1,8000110,2", "z1,8000110,2", "Z2,20000010,4",
  "z2,20000010,4", "D", "k", "vKill;1", "vRun;;", "vAttach;1", "R00", "Hg0", "T1", "qC", "qAttached", "qfThreadInfo",
  "qThreadExtraInfo,1", "qXfer:features:read:target.xml:0,ffb", "qXfer:memory-map:read::0,ffb", "qXfer:threads:read::0,ffb",
  "qRcmd,7265736574", "qRcmd,68616c74", "qCRC:8000000,100", "qSearch:memory:20000000;100;ab", "vFlashErase:08000000,00000400",
  "vFlashWrite:8000000:abcd", "vFlashDone", "qOffsets", "qSymbol::", "qTStatus",
]; // biome-ignore format: a table

/** Packets of every family, damaged; packets that only begin well; and noise. */
export function arbitraryPacket(): fc.Arbitrary<Uint8Array> {
  const sample = fc.constantFrom(...samples).map((text) => Uint8Array.from(Buffer.from(text, "latin1")));
  const mutated = fc
    .tuple(sample, fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 0, max: 255 }), fc.nat(2)), { maxLength: 4 }))
    .map(([bytes, changes]) => {
      const out = [...bytes];
      for (const [at, byte, kind] of changes) {
        const index = out.length === 0 ? 0 : at % out.length;
        if (kind === 0) out[index] = byte;
        else if (kind === 1) out.splice(index, 0, byte);
        else out.splice(index, 1);
      }
      return Uint8Array.from(out);
    });
  const named = fc
    .tuple(fc.constantFrom(...packetFamilies.flatMap((family) => family.names)), fc.uint8Array({ maxLength: 40 }))
    .map(([name, rest]) => Uint8Array.from([...Buffer.from(name, "latin1"), ...rest]));
  return fc.oneof(
    { weight: 5, arbitrary: mutated },
    { weight: 2, arbitrary: named },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) },
  );
}

/** A packet's bytes on the wire; now and then with a wrong checksum, no escapes, or noise around. */
export function onTheWire(payload: Uint8Array, flavour: number): Uint8Array {
  const escapes = flavour % 16 !== 0;
  const body = [...payload].flatMap((byte) =>
    escapes && [0x23, 0x24, 0x7d].includes(byte) ? [0x7d, byte ^ 0x20] : [byte],
  );
  const sum = (body.reduce((total, byte) => total + byte, 0) + (flavour % 32 === 1 ? 1 : 0)) & 0xff;
  const noise = flavour % 8 === 2 ? [0x2b, 0x2d, 0x03, 0x41] : [];
  return Uint8Array.from([...noise, 0x24, ...body, ...Buffer.from(`#${sum.toString(16).padStart(2, "0")}`)]);
}
