import { corrupt } from '../errors.ts';

/** What AV1's sequence header says of the coded picture, and what decoding it takes. */
export interface CodedPicture {
  /** Pixels: the largest frame that the sequence may have. */
  width: number;
  height: number;
  /** Bits a sample: 8, 10 or 12. */
  bitDepth: 8 | 10 | 12;
  monochrome: boolean;
  /** Whether chroma is halved across, and down. */
  subsampledX: boolean;
  subsampledY: boolean;
  /** Whether samples use all values, from 0 on: `color_range`. */
  fullRange: boolean;
}

/** AV1 Bitstream & Decoding Process Specification, 6.2.2. */
const OBU_SEQUENCE_HEADER = 1;
const OBU_FRAME_HEADER = 3;
const OBU_FRAME = 6;
/** A still is one frame, or as many as it has layers; a decoder would decode all there are. */
const MOST_FRAMES = 8;
const SELECT = 2;

/** Most significant bit first: 4.10. Past the end a RangeError is thrown. */
class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#position++) {
      const at = this.#position >> 3;
      if (at >= this.#bytes.length) throw new RangeError('the sequence header is cut off');
      value = value * 2 + ((this.#bytes[at] >> (7 - (this.#position & 7))) & 1);
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  /** 4.10.3 uvlc(): its value is of no interest here. */
  skipUvlc(): void {
    let zeros = 0;
    while (!this.flag()) zeros++;
    if (zeros < 32) this.bits(zeros);
  }
}

/**
 * Finds the sequence headers of a coded picture.
 *
 * @param data a series of open bitstream units: 5.3
 * @returns of the largest of them, since each one sets a decoder up anew
 * @throws ImagingError when there is none; RangeError where it is cut off
 */
export function readSequenceHeader(data: Uint8Array): CodedPicture {
  let largest: CodedPicture | undefined;
  let frames = 0;
  for (let at = 0; at < data.length; ) {
    const header = data[at++];
    if (header & 0x04) at++;
    // Without a size the unit goes on to the end.
    let size = data.length - at;
    if (header & 0x02) [size, at] = leb128(data, at);
    const type = (header >> 3) & 15;
    if ((type === OBU_FRAME_HEADER || type === OBU_FRAME) && ++frames > MOST_FRAMES) {
      throw corrupt('avif', `a still has more than ${MOST_FRAMES} coded frames.`);
    }
    if (type === OBU_SEQUENCE_HEADER) {
      const found = parseSequenceHeader(new BitReader(data.subarray(at, at + size)));
      if (!largest || found.width * found.height > largest.width * largest.height) largest = found;
    }
    at += size;
  }
  if (!largest) throw corrupt('avif', 'the picture data has no AV1 sequence header.');
  return largest;
}

/** 4.10.5. @returns the value, and where the next byte is */
function leb128(data: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    if (at >= data.length) throw new RangeError('the size of a unit is cut off');
    const byte = data[at++];
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) break;
  }
  return [value, at];
}

/** 5.5.1 sequence_header_obu(): names as there. */
function parseSequenceHeader(reader: BitReader): CodedPicture {
  const profile = reader.bits(3);
  reader.bits(1);
  const reducedStillPictureHeader = reader.flag();
  if (reducedStillPictureHeader) reader.bits(5);
  else skipOperatingPoints(reader);

  const widthBits = reader.bits(4) + 1;
  const heightBits = reader.bits(4) + 1;
  const width = reader.bits(widthBits) + 1;
  const height = reader.bits(heightBits) + 1;

  // frame_id_numbers_present_flag: delta_frame_id_length_minus_2, additional_frame_id_length_minus_1.
  if (!reducedStillPictureHeader && reader.flag()) reader.bits(7);
  // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter.
  reader.bits(3);
  if (!reducedStillPictureHeader) skipInterTools(reader);
  // enable_superres, enable_cdef, enable_restoration.
  reader.bits(3);
  return { width, height, ...colourConfig(reader, profile) };
}

function skipOperatingPoints(reader: BitReader): void {
  let decoderModelInfoPresent = false;
  let bufferDelayBits = 0;
  if (reader.flag()) {
    // 5.5.3 timing_info(): num_units_in_display_tick, time_scale, equal_picture_interval.
    reader.bits(64);
    if (reader.flag()) reader.skipUvlc();
    decoderModelInfoPresent = reader.flag();
    if (decoderModelInfoPresent) {
      bufferDelayBits = reader.bits(5) + 1;
      reader.bits(42);
    }
  }
  const initialDisplayDelayPresent = reader.flag();
  const operatingPoints = reader.bits(5) + 1;
  for (let i = 0; i < operatingPoints; i++) {
    reader.bits(12);
    // seq_tier is there for levels above 7.
    if (reader.bits(5) > 7) reader.bits(1);
    // 5.5.5: decoder_buffer_delay, encoder_buffer_delay, low_delay_mode_flag.
    if (decoderModelInfoPresent && reader.flag()) reader.bits(2 * bufferDelayBits + 1);
    if (initialDisplayDelayPresent && reader.flag()) reader.bits(4);
  }
}

function skipInterTools(reader: BitReader): void {
  // enable_interintra_compound, enable_masked_compound, enable_warped_motion, enable_dual_filter.
  reader.bits(4);
  const enableOrderHint = reader.flag();
  // enable_jnt_comp, enable_ref_frame_mvs.
  if (enableOrderHint) reader.bits(2);
  const forceScreenContentTools = reader.flag() ? SELECT : reader.bits(1);
  if (forceScreenContentTools > 0 && !reader.flag()) reader.bits(1);
  if (enableOrderHint) reader.bits(3);
}

/** 5.5.2 color_config(). */
function colourConfig(reader: BitReader, profile: number): Omit<CodedPicture, 'width' | 'height'> {
  const highBitDepth = reader.flag();
  const twelve = profile === 2 && highBitDepth && reader.flag();
  const bitDepth = twelve ? 12 : highBitDepth ? 10 : 8;
  const monochrome = profile !== 1 && reader.flag();
  const description = reader.flag() ? [reader.bits(8), reader.bits(8), reader.bits(8)] : [2, 2, 2];
  if (monochrome) return { bitDepth, monochrome, subsampledX: true, subsampledY: true, fullRange: reader.flag() };
  // BT.709 primaries, sRGB transfer, identity matrix: RGB itself.
  if (description[0] === 1 && description[1] === 13 && description[2] === 0) {
    return { bitDepth, monochrome, subsampledX: false, subsampledY: false, fullRange: true };
  }
  const fullRange = reader.flag();
  if (profile === 0) return { bitDepth, monochrome, subsampledX: true, subsampledY: true, fullRange };
  if (profile === 1) return { bitDepth, monochrome, subsampledX: false, subsampledY: false, fullRange };
  const subsampledX = bitDepth === 12 ? reader.flag() : true;
  const subsampledY = subsampledX && bitDepth === 12 && reader.flag();
  return { bitDepth, monochrome, subsampledX, subsampledY, fullRange };
}
