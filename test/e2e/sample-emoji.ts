import sharp from 'sharp';

/** A picture to upload, under a name, with tags. */
export interface Sample {
  name: string;
  tags: string[];
  picture: Uint8Array<ArrayBuffer>;
}

const EYES = {
  dots: '<circle cx="43" cy="52" r="6"/><circle cx="85" cy="52" r="6"/>',
  happy: '<path d="M34 54q9-13 18 0M76 54q9-13 18 0" class="line"/>',
  wink: '<circle cx="43" cy="52" r="6"/><path d="M75 54q10-9 20 0" class="line"/>',
  wide: '<g fill="#fff"><circle cx="43" cy="52" r="13"/><circle cx="85" cy="52" r="13"/></g><circle cx="45" cy="53" r="6"/><circle cx="83" cy="53" r="6"/>',
  glasses: '<path d="M22 44h84l-4 18q-2 6-9 6H76q-6 0-8-6l-2-10h-4l-2 10q-2 6-8 6H35q-7 0-9-6z"/>',
  hearts:
    '<path fill="#e0245e" d="M43 64L31 51q-4-8 4-11 6-1 8 5 2-6 8-5 8 3 4 11zM85 64L73 51q-4-8 4-11 6-1 8 5 2-6 8-5 8 3 4 11z"/>',
  tired: '<path d="M35 46l14 7-14 7M93 46l-14 7 14 7" class="line"/>',
} as const;

const MOUTHS = {
  smile: '<path d="M38 78q26 24 52 0" class="line"/>',
  grin: '<path d="M36 74h56q-4 28-28 28T36 74z"/><path d="M41 78h46v6H41z" fill="#fff"/>',
  flat: '<path d="M44 84h40" class="line"/>',
  frown: '<path d="M42 92q22-20 44 0" class="line"/>',
  open: '<ellipse cx="64" cy="87" rx="11" ry="14"/>',
  tongue: '<path d="M38 76h52q-4 22-26 22T38 76z"/><path d="M58 86h18v18q-2 8-9 8t-9-8z" fill="#f2708e"/>',
  smirk: '<path d="M46 86q24 4 40-12" class="line"/>',
} as const;

const drawing = (inside: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128" width="256" height="256"><style>.line{fill:none;` +
  `stroke:#2b2118;stroke-width:7;stroke-linecap:round;stroke-linejoin:round}</style>${inside}</svg>`;

function face(eyes: keyof typeof EYES, mouth: keyof typeof MOUTHS, colour = '#ffcc4d', turn = 0): string {
  return drawing(
    `<g transform="rotate(${turn} 64 64)"><circle cx="64" cy="64" r="56" fill="${colour}"/>` +
      `<g fill="#2b2118">${EYES[eyes]}${MOUTHS[mouth]}</g></g>`,
  );
}

const FACES: [string, keyof typeof EYES, keyof typeof MOUTHS, string?][] = [
  ['happy', 'happy', 'smile'],
  ['grin', 'dots', 'grin'],
  ['wink', 'wink', 'smile'],
  ['cool', 'glasses', 'smirk'],
  ['in_love', 'hearts', 'grin'],
  ['surprised', 'wide', 'open'],
  ['meh', 'dots', 'flat'],
  ['sad', 'dots', 'frown', '#8ec5ff'],
  ['exhausted', 'tired', 'open', '#c7b8ff'],
  ['silly', 'wide', 'tongue', '#a8e05f'],
  ['angry', 'tired', 'frown', '#ff7a66'],
  ['sick', 'tired', 'flat', '#9fd36b'],
  ['shy', 'happy', 'flat', '#ffb3c7'],
];

const SHAPES: [string, string[], string][] = [
  [
    'heart',
    ['love'],
    '<path fill="#e0245e" d="M64 114L18 64C2 42 18 16 40 20q16 3 24 20 8-17 24-20c22-4 38 22 22 44z"/>',
  ],
  ['star', ['thanks'], '<path fill="#ffb800" d="M64 8l17 36 39 5-29 27 8 39-35-19-35 19 8-39L8 49l39-5z"/>'],
  [
    'approved',
    ['review'],
    '<circle cx="64" cy="64" r="56" fill="#2a9d5c"/><path d="M36 66l20 20 38-42" class="line" style="stroke:#fff;stroke-width:13"/>',
  ],
  [
    'rejected',
    ['review'],
    '<circle cx="64" cy="64" r="56" fill="#d6324a"/><path d="M42 42l44 44M86 42L42 86" class="line" style="stroke:#fff;stroke-width:13"/>',
  ],
  ['bolt', ['fast'], '<path fill="#ffb800" d="M76 6L24 74h32l-8 48 56-72H70z"/>'],
  ['drop', ['weather'], '<path fill="#3f97e8" d="M64 8c22 32 40 50 40 72a40 40 0 0 1-80 0c0-22 18-40 40-72z"/>'],
  ['moon', ['weather'], '<path fill="#f2d06b" d="M92 100A52 52 0 1 1 60 12a42 42 0 0 0 32 88z"/>'],
  [
    'flame',
    ['fast'],
    '<path fill="#f2603d" d="M66 6c8 26 40 38 40 74a42 42 0 0 1-84 0c0-20 12-30 20-38 0 14 6 20 12 20 0-22 0-38 12-56z"/><path fill="#ffc23d" d="M64 66c6 14 20 18 20 34a20 20 0 0 1-40 0c0-14 14-20 20-34z"/>',
  ],
  ['cloud', ['weather'], '<path fill="#9fb4c9" d="M36 100a26 26 0 0 1-2-52 34 34 0 0 1 64 8 22 22 0 0 1 0 44z"/>'],
  [
    'tada',
    ['thanks'],
    '<path fill="#f2b134" d="M14 118l28-78 48 48z"/><path d="M60 26q10-12 4-20M92 40q4-20 22-22M100 70q12-6 22 2" class="line" style="stroke:#7c5cff"/><circle cx="84" cy="20" r="6" fill="#e0245e"/><circle cx="112" cy="48" r="6" fill="#2a9d5c"/>',
  ],
];

const png = async (svg: string): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await sharp(Buffer.from(svg)).png().toBuffer());

/** Frames of a tenth of a second. */
async function animation(frames: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const pictures = await Promise.all(frames.map(async (svg) => Buffer.from(await png(svg))));
  const joined = sharp(pictures, { join: { animated: true } });
  return new Uint8Array(await joined.gif({ delay: frames.map(() => 100), loop: 0 }).toBuffer());
}

const turns = Array.from({ length: 10 }, (_, i) => i / 10);

/** Pictures that are drawn here, so that nobody else's are shown: stills and animations. */
export async function sampleEmoji(): Promise<Sample[]> {
  const party = turns.map((t) => face('happy', 'grin', `hsl(${t * 360} 85% 65%)`, Math.sin(t * 2 * Math.PI) * 16));
  const loading = turns.map((t) =>
    drawing(
      `<circle cx="64" cy="64" r="46" class="line" style="stroke:#5b4bdb33;stroke-width:16"/>` +
        `<path d="M64 18a46 46 0 0 1 46 46" class="line" style="stroke:#5b4bdb;stroke-width:16" transform="rotate(${t * 360} 64 64)"/>`,
    ),
  );
  const beating = turns.map((t) => {
    const size = 0.82 + 0.16 * Math.abs(Math.sin(t * Math.PI));
    return drawing(`<g transform="translate(64 64) scale(${size}) translate(-64 -64)">${SHAPES[0][2]}</g>`);
  });
  return [
    { name: 'party', tags: ['face', 'thanks'], picture: await animation(party) },
    { name: 'loading', tags: ['fast'], picture: await animation(loading) },
    { name: 'heartbeat', tags: ['love'], picture: await animation(beating) },
    ...(await Promise.all(
      FACES.map(async ([name, eyes, mouth, colour]) => ({
        name,
        tags: ['face'],
        picture: await png(face(eyes, mouth, colour)),
      })),
    )),
    ...(await Promise.all(
      SHAPES.map(async ([name, tags, inside]) => ({ name, tags, picture: await png(drawing(inside)) })),
    )),
  ];
}
