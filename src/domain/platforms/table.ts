import type { PlatformRules, Source } from './rules.ts';

const CHECKED = '2026-11-29';
const at = (url: string, checked = CHECKED): Source => ({ url, checked });

const SLACK_HELP = at('https://slack.com/help/articles/206870177-Add-custom-emoji-and-aliases-to-your-workspace');
const SLACK_API = at('https://docs.slack.dev/reference/methods/admin.emoji.add');
const SLACK_TAKEN = at('https://docs.slack.dev/reference/methods/admin.emoji.addAlias', '2026-11-30');
const DISCORD_API = at('https://github.com/discord/discord-api-docs/blob/main/developers/resources/emoji.mdx');
const DISCORD_HELP = at('https://support.discord.com/hc/articles/360036479811-Custom-Emojis');
const MATTERMOST_MODEL = at('https://github.com/mattermost/mattermost/blob/master/server/public/model/emoji.go');
const MATTERMOST_NAMES = at(
  'https://github.com/mattermost/mattermost/blob/master/server/public/model/emoji_data.go',
  '2026-11-30',
);
const MATTERMOST_APP = at('https://github.com/mattermost/mattermost/blob/master/server/channels/app/emoji.go');
const MATTERMOST_HELP = at('https://github.com/mattermost/docs/pull/9016');
const ZULIP_NAME = at('https://github.com/zulip/zulip/blob/main/zerver/lib/emoji.py');
const ZULIP_PICTURE = at('https://github.com/zulip/zulip/blob/main/zerver/lib/thumbnail.py');
const ZULIP_API = at('https://zulip.com/api/upload-custom-emoji');
const MASTODON = at('https://github.com/mastodon/mastodon/blob/main/app/models/custom_emoji.rb');
const MISSKEY = at(
  'https://github.com/misskey-dev/misskey/blob/develop/packages/backend/src/server/api/endpoints/admin/emoji/add.ts',
);
const MISSKEY_TYPES = at('https://github.com/misskey-dev/misskey/blob/develop/packages/backend/src/const.ts');
const ROCKET_CHAT_NAME = at(
  'https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/emoji-custom/server/lib/insertOrUpdateEmoji.ts',
);
const ROCKET_CHAT_API = at(
  'https://github.com/RocketChat/Rocket.Chat/blob/develop/apps/meteor/app/api/server/v1/emoji-custom.ts',
);
const MATRIX = at('https://github.com/matrix-org/matrix-spec-proposals/pull/2545');
const GOTOSOCIAL_NAME = at('https://codeberg.org/superseriousbusiness/gotosocial/src/branch/main/internal/regexes');
const GOTOSOCIAL_MEDIA = at('https://docs.gotosocial.org/en/latest/configuration/media/');
const GOTOSOCIAL_API = at('https://docs.gotosocial.org/en/latest/api/swagger/');
const AKKOMA = at('https://akkoma.dev/AkkomaGang/akkoma/src/branch/develop/lib/pleroma/emoji.ex');
const PLEROMA_HELP = at('https://docs.pleroma.social/backend/configuration/custom_emoji/');

/** The largest picture that platforms agree on. */
const SIDE = 128;

/**
 * The rules of each platform, each as it is documented, or written in its code. Where none is, `most` is null, and the
 * words say so. A limit that an administrator can change is the one it has from the start.
 */
export const PLATFORMS = {
  slack: {
    title: 'Slack',
    name: {
      pattern: /^[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{Nd}_-]+$/u,
      least: 1,
      most: null,
      words:
        'lower case, without spaces, periods and most punctuation; there is no full list, "_" and "-" are known; ' +
        'the names of its own emoji are refused',
      source: SLACK_API,
      reserved: {
        names: 'emoji-datasource',
        words: 'the names of the emoji that Slack itself has are refused; they are taken as those of emoji-datasource',
        source: SLACK_TAKEN,
      },
    },
    pixels: {
      most: null,
      words: 'square works best; a larger picture is scaled down, the size from which it is refused is not documented',
      source: SLACK_API,
    },
    bytes: { most: 127_999, words: 'under 128 KB, taken as 128,000 bytes', source: SLACK_HELP },
    frames: { most: 50, words: 'up to 50 frames', source: SLACK_HELP },
    formats: { allowed: ['jpeg', 'png', 'gif'], words: 'JPG, PNG or GIF', source: SLACK_HELP },
    animation: { allowed: ['gif'], words: 'GIFs move', source: SLACK_HELP },
    side: SIDE,
  },
  discord: {
    title: 'Discord',
    name: {
      pattern: /^[A-Za-z0-9_]+$/,
      least: 2,
      most: 32,
      words: '2 to 32 letters of English, digits and underscores',
      source: DISCORD_HELP,
      reserved: null,
    },
    pixels: {
      most: null,
      words: '128×128 is what it is made into; from which size on a picture is refused is not documented',
      source: DISCORD_API,
    },
    bytes: { most: 262_144, words: 'at most 256 KiB', source: DISCORD_API },
    frames: { most: null, words: 'not documented', source: DISCORD_API },
    formats: {
      allowed: ['jpeg', 'png', 'gif', 'webp', 'avif'],
      words: 'JPEG, PNG, GIF, WebP or AVIF',
      source: DISCORD_API,
    },
    animation: {
      allowed: ['gif'],
      words: 'moving emoji have places of their own on a server, and only who has Nitro can use them',
      source: DISCORD_HELP,
    },
    side: SIDE,
  },
  mattermost: {
    title: 'Mattermost',
    name: {
      pattern: /^[a-zA-Z0-9+_-]+$/,
      least: 1,
      most: 64,
      words: '1 to 64 letters of English, digits, "_", "-" and "+"; the names of its own emoji are refused',
      source: MATTERMOST_MODEL,
      reserved: {
        names: 'mattermost',
        words:
          'the names of the emoji that Mattermost itself has are refused; those of the newest Unicode are taken for such, ' +
          'too, which it may not have yet',
        source: MATTERMOST_NAMES,
      },
    },
    pixels: { most: 1028, words: 'at most 1028×1028; it is scaled down to 128×128', source: MATTERMOST_APP },
    bytes: {
      most: 523_264,
      words: 'at most 512 KiB with the form that it is sent in, for which 1 KiB is left',
      source: MATTERMOST_APP,
    },
    frames: { most: 32, words: 'animated GIFs have at most 32 frames', source: MATTERMOST_HELP },
    formats: { allowed: ['jpeg', 'png', 'gif'], words: 'JPG, GIF or PNG', source: MATTERMOST_HELP },
    animation: { allowed: ['gif'], words: 'GIFs move', source: MATTERMOST_HELP },
    side: SIDE,
  },
  zulip: {
    title: 'Zulip',
    name: {
      pattern: /^[0-9a-z_-]*[0-9a-z]$/,
      least: 1,
      most: null,
      words:
        'lower-case letters of English, digits, dashes and underscores, with a letter or a digit at the end; only ' +
        'administrators may take the name of a built-in emoji',
      source: ZULIP_NAME,
      reserved: null,
    },
    pixels: { most: null, words: 'it is scaled down to 64×64', source: ZULIP_PICTURE },
    bytes: {
      most: 5_242_880,
      words: '5 MiB, unless the server has another MAX_EMOJI_FILE_SIZE_MIB',
      source: ZULIP_API,
    },
    frames: {
      most: null,
      words: 'none of their number; all frames together may have 90 million pixels',
      source: ZULIP_PICTURE,
    },
    formats: {
      allowed: ['avif', 'gif', 'jpeg', 'png', 'webp'],
      words: 'AVIF, GIF, JPEG, PNG or WebP',
      source: ZULIP_PICTURE,
    },
    animation: { allowed: ['gif', 'webp'], words: 'GIFs and animated WebP move', source: ZULIP_PICTURE },
    side: 64,
  },
  mastodon: {
    title: 'Mastodon',
    name: {
      pattern: /^[a-zA-Z0-9_]+$/,
      least: 2,
      most: 128,
      words: '2 to 128 letters of English, digits and underscores',
      source: MASTODON,
      reserved: null,
    },
    pixels: { most: null, words: 'not documented', source: MASTODON },
    bytes: { most: 262_143, words: 'less than 256 KiB', source: MASTODON },
    frames: { most: null, words: 'not documented', source: MASTODON },
    formats: { allowed: ['png', 'gif', 'webp'], words: 'PNG, GIF or WebP', source: MASTODON },
    animation: { allowed: ['gif', 'webp'], words: 'moves, and is kept as a still too', source: MASTODON },
    side: SIDE,
  },
  misskey: {
    title: 'Misskey',
    name: {
      pattern: /^[a-zA-Z0-9_]+$/,
      least: 1,
      most: null,
      words: 'letters of English, digits and underscores',
      source: MISSKEY,
      reserved: null,
    },
    pixels: { most: null, words: 'not documented', source: MISSKEY },
    bytes: { most: null, words: 'none of its own; that of the uploader’s drive holds', source: MISSKEY },
    frames: { most: null, words: 'not documented', source: MISSKEY },
    formats: {
      allowed: ['png', 'gif', 'jpeg', 'webp', 'avif', 'apng', 'bmp', 'tiff', 'ico'],
      words: 'PNG, GIF, JPEG, WebP, AVIF, APNG, BMP, TIFF or ICO',
      source: MISSKEY_TYPES,
    },
    animation: { allowed: ['gif', 'webp', 'avif', 'apng'], words: 'moves as browsers do', source: MISSKEY_TYPES },
    side: SIDE,
  },
  'rocket.chat': {
    title: 'Rocket.Chat',
    name: {
      pattern: /^[a-z0-9_-]*[a-z0-9]$/,
      least: 1,
      most: null,
      words: 'lower-case letters of English, digits, "_" and "-"; it rewrites other names into such ones',
      source: ROCKET_CHAT_NAME,
      reserved: null,
    },
    pixels: { most: null, words: 'not documented', source: ROCKET_CHAT_API },
    bytes: {
      most: null,
      words: 'none of its own; the FileUpload_MaxFileSize of the server holds',
      source: ROCKET_CHAT_API,
    },
    frames: { most: null, words: 'not documented', source: ROCKET_CHAT_API },
    formats: { allowed: ['png', 'gif', 'jpeg', 'webp', 'svg'], words: 'any picture', source: ROCKET_CHAT_API },
    animation: {
      allowed: ['gif', 'webp'],
      words: 'not documented; browsers show it as it is',
      source: ROCKET_CHAT_API,
    },
    side: SIDE,
  },
  matrix: {
    title: 'Matrix',
    name: {
      pattern: /^[^:/ ]+$/,
      least: 1,
      most: 100,
      words: 'at most 100 bytes, without ":", "/" and spaces',
      source: MATRIX,
      reserved: null,
    },
    pixels: { most: null, words: 'at least 128×128 is recommended', source: MATRIX },
    bytes: { most: null, words: 'none of its own; the upload limit of the homeserver holds', source: MATRIX },
    frames: { most: null, words: 'not documented', source: MATRIX },
    formats: { allowed: ['png', 'gif', 'jpeg', 'webp', 'avif', 'apng'], words: 'any picture', source: MATRIX },
    animation: {
      allowed: ['gif', 'webp', 'avif', 'apng'],
      words: 'may move; clients may hold it still',
      source: MATRIX,
    },
    side: SIDE,
  },
  gotosocial: {
    title: 'GoToSocial',
    name: {
      pattern: /^[0-9A-Za-z_]+$/,
      least: 1,
      most: 30,
      words: '1 to 30 letters of English, digits and underscores; older releases ask for 2',
      source: GOTOSOCIAL_NAME,
      reserved: null,
    },
    pixels: { most: null, words: 'not documented', source: GOTOSOCIAL_API },
    bytes: {
      most: 51_200,
      words: '50 KiB, unless the server has another media-emoji-local-max-size',
      source: GOTOSOCIAL_MEDIA,
    },
    frames: { most: null, words: 'not documented', source: GOTOSOCIAL_API },
    formats: { allowed: ['png', 'gif', 'apng'], words: 'PNG or GIF', source: GOTOSOCIAL_API },
    animation: { allowed: ['gif', 'apng'], words: 'GIFs and animated PNGs move', source: GOTOSOCIAL_API },
    side: SIDE,
  },
  pleroma: {
    title: 'Pleroma and Akkoma',
    name: {
      pattern: /^[A-Za-z0-9_-]+$/,
      least: 1,
      most: null,
      words: 'letters of English, digits, "_" and "-"',
      source: AKKOMA,
      reserved: null,
    },
    pixels: { most: null, words: 'not documented', source: PLEROMA_HELP },
    bytes: {
      most: null,
      words: 'none; under 50 kB is recommended, for the sake of Mastodon as it was before it took 256 KiB',
      source: PLEROMA_HELP,
    },
    frames: { most: null, words: 'not documented', source: PLEROMA_HELP },
    formats: {
      allowed: ['png', 'gif', 'apng'],
      words: 'PNG and GIF from the start; others where the server is set up for them',
      source: PLEROMA_HELP,
    },
    animation: { allowed: ['gif', 'apng'], words: 'GIFs and animated PNGs move', source: PLEROMA_HELP },
    side: SIDE,
  },
} as const satisfies Record<string, PlatformRules>;

export type PlatformId = keyof typeof PLATFORMS;

export const PLATFORM_IDS = Object.keys(PLATFORMS) as PlatformId[];
