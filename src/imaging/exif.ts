/** TIFF 6.0, tag 274: which edge of the picture as shown row 0 and column 0 of the stored pixels are. */
const TAG_ORIENTATION = 274;
const TYPE_SHORT = 3;
const IFD_ENTRY_BYTES = 12;

/**
 * Reads the orientation from EXIF metadata.
 *
 * @param tiff the TIFF structure (TIFF 6.0, section 2), from its byte-order mark on: without JPEG's `Exif\0\0` before it
 * @returns 1 to 8; 1 (upright) where the tag is absent or the structure is broken: metadata never fails a picture
 */
export function exifOrientation(tiff: Uint8Array): number {
  if (tiff.length < 8) return 1;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const mark = view.getUint16(0);
  if (mark !== 0x4949 && mark !== 0x4d4d) return 1;
  const littleEndian = mark === 0x4949;
  if (view.getUint16(2, littleEndian) !== 42) return 1;

  // The orientation belongs to IFD 0, the main picture; IFD 1 describes the thumbnail.
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > tiff.length) return 1;
  const entries = view.getUint16(directory, littleEndian);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + i * IFD_ENTRY_BYTES;
    if (entry + IFD_ENTRY_BYTES > tiff.length) return 1;
    if (view.getUint16(entry, littleEndian) !== TAG_ORIENTATION) continue;
    if (view.getUint16(entry + 2, littleEndian) !== TYPE_SHORT) return 1;
    const orientation = view.getUint16(entry + 8, littleEndian);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
  }
  return 1;
}
