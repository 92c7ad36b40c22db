import { floats, nearest } from './nearest';

/** Share of a pixel's error that its neighbours make good: with all of it, noise spreads into flat areas. */
const DIFFUSED: f32 = 0.6;
/** Squared distance up to which a palette colour is as good as the colour itself, and nothing is to be made good. */
const UNSEEN: f32 = 6;

/**
 * Error diffusion (Floyd and Steinberg, 1976) in the palette that was set, every other row from right to left.
 *
 * @param pixels `width × height`
 * @param held 1 for a pixel that stays as it is: it is passed over, and takes and gives no error; 0 for all others
 * @param errors room for two rows of `width + 2` vectors
 * @param colours 256 pixels: what each index is seen as
 * @param indices takes a byte for each pixel that is not held
 * @param shown takes the pixel that it is seen as
 */
export function diffuseErrors(
  pixels: usize,
  width: i32,
  height: i32,
  held: usize,
  transparentIndex: i32,
  errors: usize,
  colours: usize,
  indices: usize,
  shown: usize,
): void {
  // Errors of this row and the next, with a pixel to spare on both sides.
  const bytes = (width + 2) << 4;
  let here = errors;
  let below = errors + bytes;
  memory.fill(here, 0, bytes);
  const most = f32x4.splat(255);
  const none = f32x4.splat(0);
  // What is shown as it is, without error to pass on: most of a flat area.
  let flatPixel: u32 = 0;
  let flatIndex = transparentIndex;
  for (let y = 0, step = 1; y < height; y++, step = -step) {
    memory.fill(below, 0, bytes);
    for (let i = 0, x = step > 0 ? 0 : width - 1; i < width; i++, x += step) {
      const at = y * width + x;
      if (load<u8>(held + at) !== 0) continue;
      const pixel = load<u32>(pixels + (at << 2));
      if (pixel === 0) {
        store<u8>(indices + at, transparentIndex);
        store<u32>(shown + (at << 2), 0);
        continue;
      }
      const place = (x + 1) << 4;
      const error = v128.load(here + place);
      const isClean = !v128.any_true(error);
      if (isClean && pixel === flatPixel) {
        store<u8>(indices + at, flatIndex);
        store<u32>(shown + (at << 2), load<u32>(colours + (flatIndex << 2)));
        continue;
      }
      const samples = f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(i32x4.splat(pixel))));
      const wanted = f32x4.max(f32x4.min(f32x4.add(samples, error), most), none);
      const whole = i32x4.trunc_sat_f32x4_u(f32x4.add(wanted, f32x4.splat(0.5)));
      const index = nearest(i32x4.extract_lane(whole, 0), i32x4.extract_lane(whole, 1), i32x4.extract_lane(whole, 2));
      store<u8>(indices + at, index);
      store<u32>(shown + (at << 2), load<u32>(colours + (index << 2)));
      const missed = f32x4.sub(wanted, v128.load(floats + (index << 4)));
      const squares = f32x4.mul(missed, missed);
      const distance = f32x4.extract_lane(squares, 0) + f32x4.extract_lane(squares, 1) + f32x4.extract_lane(squares, 2);
      if (distance <= UNSEEN) {
        if (isClean) {
          flatPixel = pixel;
          flatIndex = index;
        }
        continue;
      }
      const ahead = place + (step << 4);
      const behind = place - (step << 4);
      spread(here + ahead, missed, (DIFFUSED * 7) / 16);
      spread(below + behind, missed, (DIFFUSED * 3) / 16);
      spread(below + place, missed, (DIFFUSED * 5) / 16);
      spread(below + ahead, missed, (DIFFUSED * 1) / 16);
    }
    const done = here;
    here = below;
    below = done;
  }
}

function spread(at: usize, error: v128, share: f32): void {
  v128.store(at, f32x4.add(v128.load(at), f32x4.mul(error, f32x4.splat(share))));
}
