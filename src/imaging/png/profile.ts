import { LIMITS } from '../limits.ts';
import { Inflater } from './inflate.ts';

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
  const inflater = new Inflater(LONGEST_READ);
  inflater.start([chunk.subarray(nameEnd + 2)]);

  // The profile starts with its size (ICC.1:2022, section 7.2.2).
  const header = inflater.read(PROFILE_HEADER);
  if (header < 0) return null;
  const size = inflater.view.getUint32(header);
  if (size < PROFILE_HEADER || size > LIMITS.profileBytes) return null;
  const profile = new Uint8Array(size);
  profile.set(inflater.buffer.subarray(header, header + PROFILE_HEADER));
  for (let filled = PROFILE_HEADER; filled < size; ) {
    const count = Math.min(LONGEST_READ, size - filled);
    const at = inflater.read(count);
    if (at < 0) return null;
    profile.set(inflater.buffer.subarray(at, at + count), filled);
    filled += count;
  }
  return profile;
}
