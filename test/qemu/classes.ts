import { classes16 } from "./classes-16.ts";
import { classes32Control } from "./classes-32-control.ts";
import { classes32Data } from "./classes-32-data.ts";
import { classes32Memory } from "./classes-32-memory.ts";
import type { Encoding } from "./encoding.ts";
import { checked } from "./prepare.ts";

/** Every encoding class of ARMv7-M without extensions, save those that end in an exception (SVC, BKPT, UDF) and WFI. */
export const classes: readonly Encoding[] = checked([
  ...classes16,
  ...classes32Data,
  ...classes32Memory,
  ...classes32Control,
]);

/** The name under which IT itself is counted. */
export const ifThen = "IT";

/** Names of all classes that a run draws from. */
export const classNames: readonly string[] = [...classes.map(({ name }) => name), ifThen];

/** What may stand in an IT block in any place. */
export const conditional: readonly Encoding[] = classes.filter(({ it }) => it === undefined || it === "any");
