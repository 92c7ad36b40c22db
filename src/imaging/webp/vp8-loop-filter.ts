/**
 * The loop filter (RFC 6386 section 15) of one edge. An edge lies before the pixel at `at`; `across` steps over it
 * (1 for a vertical edge, the stride for a horizontal one) and `along` follows it for `length` pixels.
 *
 * The RFC works on pixels made signed by subtracting 128. The offset cancels in differences, and storing in an array
 * that clamps to 0–255 is its clamp to −128–127; so pixels stay unsigned here.
 */

/** Thresholds of one macroblock (section 15.2 to 15.4). */
export interface FilterLimits {
  /** For edges between macroblocks and between subblocks. */
  macroblockEdge: number;
  subblockEdge: number;
  interior: number;
  highEdgeVariance: number;
}

/** The limits for every filter level, in key frames. */
export function filterLimits(sharpness: number): FilterLimits[] {
  return Array.from({ length: 64 }, (_, level) => {
    let interior = level >> (sharpness > 4 ? 2 : sharpness > 0 ? 1 : 0);
    if (sharpness > 0) interior = Math.min(interior, 9 - sharpness);
    interior = Math.max(interior, 1);
    return {
      macroblockEdge: (level + 2) * 2 + interior,
      subblockEdge: level * 2 + interior,
      interior,
      highEdgeVariance: level >= 40 ? 2 : level >= 15 ? 1 : 0,
    };
  });
}

/** Section 15.2. The simple filter is for luma alone, so that the edge has 16 pixels. */
export function filterSimple(
  pixels: Uint8ClampedArray,
  at: number,
  across: number,
  along: number,
  edgeLimit: number,
): void {
  for (let q = at, end = at + along * 16; q < end; q += along) {
    const p1 = pixels[q - 2 * across];
    const p0 = pixels[q - across];
    const q0 = pixels[q];
    const q1 = pixels[q + across];
    if (Math.abs(p0 - q0) * 2 + (Math.abs(p1 - q1) >> 1) > edgeLimit) continue;
    const a = clampSigned(clampSigned(p1 - q1) + 3 * (q0 - p0));
    pixels[q] = q0 - (clampSigned(a + 4) >> 3);
    pixels[q - across] = p0 + (clampSigned(a + 3) >> 3);
  }
}

/** Section 15.3, edges between subblocks. */
export function filterSubblockEdge(
  pixels: Uint8ClampedArray,
  at: number,
  across: number,
  along: number,
  length: number,
  limits: FilterLimits,
): void {
  const { subblockEdge: edgeLimit, interior, highEdgeVariance } = limits;
  for (let q = at, end = at + along * length; q < end; q += along) {
    const p1 = pixels[q - 2 * across];
    const p0 = pixels[q - across];
    const q0 = pixels[q];
    const q1 = pixels[q + across];
    if (Math.abs(p0 - q0) * 2 + (Math.abs(p1 - q1) >> 1) > edgeLimit) continue;
    const p2 = pixels[q - 3 * across];
    const q2 = pixels[q + 2 * across];
    const stepP = Math.abs(p1 - p0);
    const stepQ = Math.abs(q1 - q0);
    if (
      stepP > interior ||
      stepQ > interior ||
      Math.abs(p2 - p1) > interior ||
      Math.abs(q2 - q1) > interior ||
      Math.abs(pixels[q - 4 * across] - p2) > interior ||
      Math.abs(pixels[q + 3 * across] - q2) > interior
    ) {
      continue;
    }
    if (stepP > highEdgeVariance || stepQ > highEdgeVariance) {
      const a = clampSigned(clampSigned(p1 - q1) + 3 * (q0 - p0));
      pixels[q] = q0 - (clampSigned(a + 4) >> 3);
      pixels[q - across] = p0 + (clampSigned(a + 3) >> 3);
    } else {
      const a = clampSigned(3 * (q0 - p0));
      const f = clampSigned(a + 4) >> 3;
      pixels[q] = q0 - f;
      pixels[q - across] = p0 + (clampSigned(a + 3) >> 3);
      const outer = (f + 1) >> 1;
      pixels[q + across] = q1 - outer;
      pixels[q - 2 * across] = p1 + outer;
    }
  }
}

/** Section 15.3, edges between macroblocks. */
export function filterMacroblockEdge(
  pixels: Uint8ClampedArray,
  at: number,
  across: number,
  along: number,
  length: number,
  limits: FilterLimits,
): void {
  const { macroblockEdge: edgeLimit, interior, highEdgeVariance } = limits;
  for (let q = at, end = at + along * length; q < end; q += along) {
    const p1 = pixels[q - 2 * across];
    const p0 = pixels[q - across];
    const q0 = pixels[q];
    const q1 = pixels[q + across];
    if (Math.abs(p0 - q0) * 2 + (Math.abs(p1 - q1) >> 1) > edgeLimit) continue;
    const p2 = pixels[q - 3 * across];
    const q2 = pixels[q + 2 * across];
    const stepP = Math.abs(p1 - p0);
    const stepQ = Math.abs(q1 - q0);
    if (
      stepP > interior ||
      stepQ > interior ||
      Math.abs(p2 - p1) > interior ||
      Math.abs(q2 - q1) > interior ||
      Math.abs(pixels[q - 4 * across] - p2) > interior ||
      Math.abs(pixels[q + 3 * across] - q2) > interior
    ) {
      continue;
    }
    const a = clampSigned(clampSigned(p1 - q1) + 3 * (q0 - p0));
    if (stepP > highEdgeVariance || stepQ > highEdgeVariance) {
      pixels[q] = q0 - (clampSigned(a + 4) >> 3);
      pixels[q - across] = p0 + (clampSigned(a + 3) >> 3);
    } else {
      const a0 = (27 * a + 63) >> 7;
      pixels[q] = q0 - a0;
      pixels[q - across] = p0 + a0;
      const a1 = (18 * a + 63) >> 7;
      pixels[q + across] = q1 - a1;
      pixels[q - 2 * across] = p1 + a1;
      const a2 = (9 * a + 63) >> 7;
      pixels[q + 2 * across] = q2 - a2;
      pixels[q - 3 * across] = p2 + a2;
    }
  }
}

function clampSigned(value: number): number {
  return Math.max(-128, Math.min(127, value));
}
