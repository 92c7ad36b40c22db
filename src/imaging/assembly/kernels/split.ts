const MOST_BOXES = 256;
const BIN_BYTES = 16;
const CHANNEL_BYTES = 256 * BIN_BYTES;
/** Per channel and value: count, and sums of red, green and blue. Empty between calls. */
const bins: usize = memory.data(3 * CHANNEL_BYTES, 16);

/** Some of the colours: a run of them, and how best to split it. */
@unmanaged
class Box {
  from: i32;
  to: i32;
  /** Squared error that the best split takes away; 0 where there is none. */
  gain: f64;
  /** Squared distance between the means of the two sides of that split. */
  distance: f64;
  /** Which channel is split: 0 for red. */
  channel: i32;
  /** Colours below this value of the channel go left. */
  cut: i32;
}

const boxes: usize = memory.data(MOST_BOXES * 32, 16);

function boxAt(i: i32): Box {
  return changetype<Box>(boxes + i * offsetof<Box>());
}

/** The colours, pixels in an order in which each box is a run. */
let colours: usize = 0;
/** Of each, in the same order: how often it comes, and that times its channels, 32 bits each. */
let weighted: usize = 0;
/** Room for as many, where those that go right wait. */
let aside: usize = 0;
let asideWeighted: usize = 0;

/**
 * Divides colours into boxes of the colour cube, always where it takes away most squared error (after Wu, 1991), and
 * gives the mean of each.
 *
 * @param pixels `size` colours; they come to lie in another order
 * @param counts how often each comes, 32 bits; fewer than 2²⁴ in all
 * @param most boxes, 1 to 256
 * @param goodEnough mean squared error of a pixel, over three channels, at which to stop
 * @param visible squared distance from which on colours must be told apart, however good the rest is
 * @param room for 36 bytes a colour
 * @param palette takes 3 bytes for each box
 * @returns the number of boxes
 */
export function splitColours(
  pixels: usize,
  counts: usize,
  size: i32,
  most: i32,
  goodEnough: f64,
  visible: f64,
  room: usize,
  palette: usize,
): i32 {
  colours = pixels;
  weighted = room;
  asideWeighted = weighted + (size << 4);
  aside = asideWeighted + (size << 4);
  let error = weigh(counts, size);
  const enough = goodEnough * countIn(sum(0, size));
  let count = 1;
  setBox(0, 0, size);
  while (count < most) {
    const isEnough = error <= enough;
    const worst = boxAt(highest(count, isEnough ? offsetof<Box>('distance') : offsetof<Box>('gain')));
    // On the whole it is good; what is rare, like a spot of another colour, must be seen as well.
    if (isEnough && worst.distance <= visible) break;
    if (worst.gain === 0) break;
    error -= worst.gain;
    const middle = partition(worst);
    const to = worst.to;
    setBox(<i32>(changetype<usize>(worst) - boxes) / offsetof<Box>(), worst.from, middle);
    setBox(count++, middle, to);
  }
  for (let i = 0; i < count; i++) writeMean(boxAt(i), palette + i * 3);
  return count;
}

/** Multiplies by the counts. @returns the squared error of showing every pixel in the mean of all */
function weigh(counts: usize, size: i32): f64 {
  let squares: f64 = 0;
  for (let i = 0; i < size; i++) {
    const colour = load<u32>(colours + (i << 2));
    const count = load<u32>(counts + (i << 2));
    const red = colour & 0xff;
    const green = (colour >> 8) & 0xff;
    const blue = (colour >> 16) & 0xff;
    v128.store(weighted + (i << 4), i32x4(count, count * red, count * green, count * blue));
    squares += <f64>count * <f64>(red * red + green * green + blue * blue);
  }
  const total = sum(0, size);
  return squares - square(total) / countIn(total);
}

function sum(from: i32, to: i32): v128 {
  let total = i32x4.splat(0);
  for (let i = from; i < to; i++) total = i32x4.add(total, v128.load(weighted + (i << 4)));
  return total;
}

function countIn(total: v128): f64 {
  return <f64>(<u32>i32x4.extract_lane(total, 0));
}

/** The square of a sum of colours, over three channels. */
function square(total: v128): f64 {
  const red = <f64>(<u32>i32x4.extract_lane(total, 1));
  const green = <f64>(<u32>i32x4.extract_lane(total, 2));
  const blue = <f64>(<u32>i32x4.extract_lane(total, 3));
  return red * red + green * green + blue * blue;
}

/** Sets a box, and finds how best to split it. */
function setBox(i: i32, from: i32, to: i32): void {
  const box = boxAt(i);
  box.from = from;
  box.to = to;
  box.gain = 0;
  box.distance = 0;
  if (to - from < 2) return;
  let total = i32x4.splat(0);
  let lowest = i32x4.splat(255);
  let highest = i32x4.splat(0);
  for (let i = from; i < to; i++) {
    const colour = load<u32>(colours + (i << 2));
    const entry = v128.load(weighted + (i << 4));
    total = i32x4.add(total, entry);
    const channels = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(i32x4.splat(colour)));
    lowest = i32x4.min_u(lowest, channels);
    highest = i32x4.max_u(highest, channels);
    addTo(bins + ((colour & 0xff) << 4), entry);
    addTo(bins + CHANNEL_BYTES + (((colour >> 8) & 0xff) << 4), entry);
    addTo(bins + 2 * CHANNEL_BYTES + (((colour >> 16) & 0xff) << 4), entry);
  }
  considerChannel(box, 0, total, i32x4.extract_lane(lowest, 0), i32x4.extract_lane(highest, 0));
  considerChannel(box, 1, total, i32x4.extract_lane(lowest, 1), i32x4.extract_lane(highest, 1));
  considerChannel(box, 2, total, i32x4.extract_lane(lowest, 2), i32x4.extract_lane(highest, 2));
}

function addTo(bin: usize, entry: v128): void {
  v128.store(bin, i32x4.add(v128.load(bin), entry));
}

/** Finds the cut of one channel that leaves the least squared error about the means of both sides; empties its bins. */
function considerChannel(box: Box, channel: i32, total: v128, low: i32, high: i32): void {
  const start = bins + channel * CHANNEL_BYTES;
  const whole = square(total) / countIn(total);
  let left = i32x4.splat(0);
  for (let value = low; value < high; value++) {
    const bin = v128.load(start + (value << 4));
    if (i32x4.extract_lane(bin, 0) === 0) continue;
    left = i32x4.add(left, bin);
    const right = i32x4.sub(total, left);
    const gain = square(left) / countIn(left) + square(right) / countIn(right) - whole;
    if (gain > box.gain) {
      box.gain = gain;
      box.distance = (gain * countIn(total)) / (countIn(left) * countIn(right));
      box.channel = channel;
      box.cut = value + 1;
    }
  }
  memory.fill(start + (low << 4), 0, (high - low + 1) << 4);
}

/**
 * Brings the colours that go left before those that go right. Each is stored on both sides, and one of them counts: which
 * side it is could not be foretold. @returns where the right ones start
 */
function partition(box: Box): i32 {
  const shift = box.channel << 3;
  let left = box.from;
  let right = 0;
  for (let i = box.from; i < box.to; i++) {
    const colour = load<u32>(colours + (i << 2));
    const entry = v128.load(weighted + (i << 4));
    store<u32>(colours + (left << 2), colour);
    v128.store(weighted + (left << 4), entry);
    store<u32>(aside + (right << 2), colour);
    v128.store(asideWeighted + (right << 4), entry);
    const isLeft = <i32>(<i32>((colour >> shift) & 0xff) < box.cut);
    left += isLeft;
    right += 1 - isLeft;
  }
  memory.copy(colours + (left << 2), aside, right << 2);
  memory.copy(weighted + (left << 4), asideWeighted, right << 4);
  return left;
}

/** The box whose field (of 64-bit floating point) is highest. */
function highest(count: i32, field: usize): i32 {
  let best = 0;
  let most = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = load<f64>(changetype<usize>(boxAt(i)) + field);
    if (value <= most) continue;
    most = value;
    best = i;
  }
  return best;
}

function writeMean(box: Box, palette: usize): void {
  const total = sum(box.from, box.to);
  store<u8>(palette, mean(<u32>i32x4.extract_lane(total, 1), total));
  store<u8>(palette, mean(<u32>i32x4.extract_lane(total, 2), total), 1);
  store<u8>(palette, mean(<u32>i32x4.extract_lane(total, 3), total), 2);
}

function mean(channel: u32, total: v128): u32 {
  return <u32>floor(<f64>channel / countIn(total) + 0.5);
}
