import type { Rule } from "../../rule.ts";
import { imageBehindRam } from "./behind-ram.ts";
import { erasedElsewhere } from "./erased-elsewhere.ts";
import { imageLostWithPower } from "./image-in-ram.ts";
import { imageLinkedBehind } from "./image-linked.ts";
import { imageOutsideFlash } from "./image-outside-flash.ts";
import { addressLostDigit } from "./lost-digit.ts";
import { flashNotErased, flashProtected } from "./refused.ts";
import { flashSizeAssumed, flashSizeZero } from "./size-unread.ts";
import { splitFlash } from "./split-flash.ts";
import { startErased } from "./start-erased.ts";
import { startOfAnother } from "./start-of-another.ts";
import { flashUnreadable, vectorsReadZero } from "./unreadable.ts";
import { imageWrittenRaw } from "./written-raw.ts";

/** Flash that refuses, or lacks, the place that an image is for. */
export const flashRules: readonly Rule[] = [
  flashProtected,
  flashNotErased,
  erasedElsewhere,
  imageOutsideFlash,
  addressLostDigit,
  imageBehindRam,
  imageWrittenRaw,
  imageLinkedBehind,
  imageLostWithPower,
  splitFlash,
  startErased,
  startOfAnother,
  flashSizeZero,
  flashSizeAssumed,
  flashUnreadable,
  vectorsReadZero,
];
