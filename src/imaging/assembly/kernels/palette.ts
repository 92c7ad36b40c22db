/** For each index a count, and sums of red, green and blue. */
const sums: usize = memory.data(256 * 32, 16);

/**
 * @param colours `size` pixels
 * @param counts how often each comes, 32 bits
 * @param indices of the palette colour that each is shown in
 * @param palette 3 bytes a colour
 * @param visible squared distance from which on one colour is taken for another
 * @returns mean squared error of a pixel, over three channels; infinite where a colour would be taken for another
 */
export function errorOf(colours: usize, counts: usize, size: i32, indices: usize, palette: usize, visible: i32): f64 {
  let error: f64 = 0;
  let total: f64 = 0;
  for (let i = 0; i < size; i++) {
    const distance = distanceTo(palette + 3 * load<u8>(indices + i), load<u32>(colours + (i << 2)));
    if (distance > visible) return Infinity;
    const count = <f64>load<u32>(counts + (i << 2));
    error += count * <f64>distance;
    total += count;
  }
  return total === 0 ? 0 : error / total;
}

function distanceTo(at: usize, colour: u32): i32 {
  const red = <i32>load<u8>(at) - <i32>(colour & 0xff);
  const green = <i32>load<u8>(at, 1) - <i32>((colour >> 8) & 0xff);
  const blue = <i32>load<u8>(at, 2) - <i32>((colour >> 16) & 0xff);
  return red * red + green * green + blue * blue;
}

/** Moves each palette colour to the mean of the colours that are shown in it; parameters as above. */
export function moveToMeans(colours: usize, counts: usize, size: i32, indices: usize, palette: usize): void {
  memory.fill(sums, 0, 256 * 32);
  for (let i = 0; i < size; i++) {
    const at = sums + ((<usize>load<u8>(indices + i)) << 5);
    const colour = load<u32>(colours + (i << 2));
    const count = <f64>load<u32>(counts + (i << 2));
    store<f64>(at, load<f64>(at) + count);
    store<f64>(at, load<f64>(at, 8) + count * <f64>(colour & 0xff), 8);
    store<f64>(at, load<f64>(at, 16) + count * <f64>((colour >> 8) & 0xff), 16);
    store<f64>(at, load<f64>(at, 24) + count * <f64>((colour >> 16) & 0xff), 24);
  }
  for (let index = 0; index < 256; index++) {
    const at = sums + (index << 5);
    const count = load<f64>(at);
    if (count === 0) continue;
    const colour = palette + 3 * index;
    store<u8>(colour, <u32>(load<f64>(at, 8) / count + 0.5));
    store<u8>(colour, <u32>(load<f64>(at, 16) / count + 0.5), 1);
    store<u8>(colour, <u32>(load<f64>(at, 24) / count + 0.5), 2);
  }
}
