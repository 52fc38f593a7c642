/** `length` bytes without runs or repeats, the same every time. */
export function testImage(length: number): Uint8Array {
  const image = new Uint8Array(length);
  let state = 0x12345678;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    image[i] = state >>> 24;
  }
  return image;
}
