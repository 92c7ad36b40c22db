import { renderEmoji } from '../../src/imaging/index.ts';

/**
 * A Worker that makes the same emoji `?times=` over. Time stands still inside a Worker while it computes: whoever asks
 * measures, and the loop in here makes the request itself small against it.
 */
export default {
  async fetch(request) {
    const picture = await request.bytes();
    const times = Number(new URL(request.url).searchParams.get('times'));
    let bytes = 0;
    for (let n = 0; n < times; n++) bytes = (await renderEmoji(picture)).gif.length;
    return Response.json({ bytes });
  },
} satisfies ExportedHandler;
