/**
 * The hot half of the WebP decoder, in AssemblyScript: the build compiles it to `build/webp.wasm`. From coded images, which
 * it asks for as it goes, to rows of pixels. An instance decodes one image at a time, or the alpha plane of one.
 */
export { nextAlphaRow, startAlpha } from './alpha';
export { alphaRow, decodeMacroblockRow, reducedRgbaRow, rgbaRow, startFrame } from './vp8-frame';
export { nextLosslessRgbaRow, startLossless } from './vp8l-image';
