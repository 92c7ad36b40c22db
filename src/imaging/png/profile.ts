import { LIMITS } from '../limits.ts';
import { PngInstance } from '../wasm/png.ts';

/** Bytes of an ICC profile's header (ICC.1:2022, section 7.2). */
const PROFILE_HEADER = 128;
const LONGEST_READ = 65_536;

/**
 * Unpacks an iCCP chunk (PNG third edition, section 11.3.2.3).
 * @returns the profile; `null` where the chunk is damaged, since a picture without its profile is better than none
 */
export function inflateProfile(chunk: Uint8Array): Uint8Array | null {
  const nameEnd = chunk.indexOf(0);
  if (nameEnd < 0 || chunk[nameEnd + 1] !== 0) return null;
  const inflater = PngInstance.forBytes(LONGEST_READ);
  try {
    inflater.startStream([chunk.subarray(nameEnd + 2)]);
    return readProfile(inflater);
  } finally {
    inflater.giveBack();
  }
}

function readProfile(inflater: PngInstance): Uint8Array | null {
  // The profile starts with its size (ICC.1:2022, section 7.2.2).
  const header = inflater.read(PROFILE_HEADER);
  if (header === null) return null;
  const size = new DataView(header.buffer, header.byteOffset).getUint32(0);
  if (size < PROFILE_HEADER || size > LIMITS.profileBytes) return null;
  const profile = new Uint8Array(size);
  profile.set(header);
  for (let filled = PROFILE_HEADER; filled < size; ) {
    const piece = inflater.read(Math.min(LONGEST_READ, size - filled));
    if (piece === null) return null;
    profile.set(piece, filled);
    filled += piece.length;
  }
  return profile;
}
