/** Every limit of the image library, in one place. Refused from the header, before any work. */
export const LIMITS = {
  /** Pixels of one frame. */
  pixels: 100_000_000,
  /** Pixels of a side: bounds what a row takes. */
  side: 1_000_000,
  /** Pixels that an animation holds in memory, 4 bytes each: its canvas, and what is under a frame that is undone. */
  canvasInMemory: 10_400_000,
  /** Bytes of an ICC profile; larger ones are ignored. Photos carry a few kilobytes, printing presses some megabytes. */
  profileBytes: 4 * 2 ** 20,
  /** Bytes that may come before a JPEG's first marker: readers skip such junk. */
  jpegJunkBytes: 1_024,
  /**
   * Scans of a JPEG; later ones are left out. A file has about ten, one that was optimised up to 64, and each costs a pass
   * over all blocks.
   */
  jpegScans: 100,
  /** Samples of a lossless JPEG, which is decoded at full size: bounds the CPU time. */
  jpegLosslessSamples: 120_000_000,
  /**
   * Deflate blocks with codes of their own that a picture is read up to. Encoders start one for some ten thousand bytes; a
   * hostile file has one for 8.
   */
  deflateBlocks: 1_000_000,
  /** Bytes that the coefficients of a progressive JPEG may take. */
  coefficientBytes: 48 * 2 ** 20,
  /** Entries of all prefix code tables of a lossless WebP. libwebp's encoder stays far below; only a hostile file comes near. */
  webpPrefixEntries: 1 << 23,
  /** Chunks of a WebP, or of one frame of it: each costs some time, and a picture has a handful beside its frames. */
  webpChunks: 100_000,
  /** Bytes of memory that a decoder in WebAssembly may have; an instance whose memory has grown goes with the picture. */
  wasmBytes: 60 * 2 ** 20,
  /** Pixels of an AVIF picture: its decoder takes 0.2 to 0.4 µs for each. */
  avifPixels: 16_000_000,
  /** Bytes that decoding one AV1 picture (a whole, or a tile of a grid) takes: 20 to 37 a pixel, or more in fine detail. */
  avifBytes: 44_000_000,
  /** Bytes of a TIFF picture before it was compressed, with what tiles have beyond its edges: bounds the CPU time. */
  tiffBytes: 500_000_000,
  /** The same where each sample has strips or tiles of its own, which takes longer. */
  tiffPlanarBytes: 300_000_000,
  /** Bytes of a row of a strip or tile of it, all samples together: several such rows are in memory. */
  tiffRowBytes: 8 * 2 ** 20,
  /** Strips and tiles of it, and those that are JPEG: each costs some time, however small it is. */
  tiffSegments: 50_000,
  tiffJpegs: 10_000,
  /** Bytes of its strips and tiles as stored, together: they may be the same bytes over and over. */
  tiffStoredBytes: 200_000_000,
  /** Bytes of an SVG file. */
  svgBytes: 1_000_000,
  /** Microseconds that drawing an SVG may take, reckoned at what its parts take at most. */
  svgMicroseconds: 2_000_000,
  /** Frames of an animation. */
  frames: 2_000,
  /** Frames that are added to show others for longer than one frame of a GIF can say, which is 655 s. */
  repeatedFrames: 2_000,
  /** Pixels of all frames together: bounds the CPU time that an animation takes. */
  totalPixels: 250_000_000,
  /** Pixels a side of the canvas. */
  canvasSide: 256,
  /** Pixels of all frames on the canvas together: bounds the memory that an animation takes. */
  canvasPixels: 40_000_000,
  /** Bytes of the GIF that is made, which is held in memory: noise of 2000 frames at 100×100 takes 27 MB. */
  gifBytes: 32 * 2 ** 20,
  /** The same of each further size that is made beside it, which is left out when it gets larger. */
  furtherGifBytes: 2 * 2 ** 20,
  /**
   * Squared distance, over three channels, at which two colours count as equal in an animation whose palette does not
   * have all of its colours: 3 levels of each channel. Those are not seen, and strings get longer.
   */
  unseenDistance: 27,
  /** Pixels of the frames that are quantised together: their canvases are held until then, 4 bytes a pixel. */
  batchPixels: 1_000_000,
} as const;
