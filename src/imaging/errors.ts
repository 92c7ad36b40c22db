/** Stable codes for why a picture cannot be made into an emoji. */
export type ImagingErrorCode =
  | 'empty_file'
  | 'unsupported_format'
  | 'corrupt_picture'
  | 'too_many_pixels'
  | 'too_many_frames'
  | 'too_complex';

/** A picture that can never work: what is wrong, in numbers, and what its owner can do about it. */
export class ImagingError extends Error {
  override name = 'ImagingError';
  readonly code: ImagingErrorCode;
  /** What to do, as a sentence to the person who uploaded the picture. */
  readonly remedy: string;

  /**
   * @param code stable, for programs
   * @param message what was expected and what was found, as a sentence to a person
   * @param remedy what to do about it
   */
  constructor(code: ImagingErrorCode, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

/** The error of bytes that break their format's rules. */
export function corrupt(format: string, message: string): ImagingError {
  return new ImagingError(
    'corrupt_picture',
    `${format}: ${message}`,
    'The file is damaged. Open it in a picture editor and save it again, or upload another copy.',
  );
}
