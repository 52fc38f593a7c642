/** The stretches of [start, end) that none of the holes covers, in order. */
export function rangesOutside(
  start: number,
  end: number,
  holes: readonly { readonly start: number; readonly size: number }[],
): { readonly start: number; readonly end: number }[] {
  const left: { start: number; end: number }[] = [];
  let at = start;
  for (const hole of [...holes].sort((a, b) => a.start - b.start)) {
    if (hole.start >= end) break;
    if (hole.start > at) left.push({ start: at, end: hole.start });
    at = Math.max(at, hole.start + hole.size);
  }
  if (at < end) left.push({ start: at, end });
  return left;
}
