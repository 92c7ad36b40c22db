/** What makes the same emoji of a picture, each in a process of its own: see `contender-process.ts`. */
export type Contender = (picture: Uint8Array) => Promise<Uint8Array>;

/**
 * Loads a contender, which is part of what its first picture costs.
 *
 * @param name `sharp`, or the path of our library's module
 */
export async function load(name: string): Promise<Contender> {
  if (name !== 'sharp') {
    const { renderEmoji }: typeof import('../../src/imaging/index.ts') = await import(name);
    return async (picture) => (await renderEmoji(picture)).gif;
  }
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1);
  sharp.cache(false);
  return (picture) =>
    sharp(picture, { animated: true, limitInputPixels: false, failOn: 'none' })
      .autoOrient()
      .resize(100, 100, { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } })
      .gif()
      .toBuffer();
}
