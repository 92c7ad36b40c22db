/**
 * `npm run bench`: what the image library takes, side by side with other programs that make the same emoji.
 *
 *   npm run bench -- [--only CLASS] [--quick]   processor time, warm and cold, in Node and in workerd
 *   npm run bench -- --quality [DIR] [--quick]  how close the emoji are to their pictures
 *   npm run bench -- --fit [DIR] [--quick]      what is given up to make them fit the platforms
 *   npm run bench -- --memory [--only PICTURE]  peak memory for the largest pictures
 */
import { parseArgs } from 'node:util';
import { benchFit } from './fit.ts';
import { benchMemory } from './memory.ts';
import { benchQuality } from './quality.ts';
import { benchSpeed } from './speed.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    quality: { type: 'boolean', default: false },
    fit: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
  },
});

if (values.quality) await benchQuality(positionals[0], values.quick);
else if (values.fit) await benchFit(positionals[0], values.quick);
else if (values.memory) await benchMemory(values.only);
else await benchSpeed(values.only, values.quick);
