import { PLATFORMS } from '../platforms/table.ts';
import type { PackFormat, PackList } from './format.ts';

/** The name of a pack where it has to have one. */
const PACK_NAME = 'custom-emoji';

const when = (at: number): string => new Date(at).toISOString();

/** JSON with an array or an object of emoji, an item a line. */
function json(path: string, open: PackList['open'], item: PackList['item'], close: string): PackList {
  return { path, open, item: (emoji) => `\n${item(emoji)}`, between: ',', close: `\n${close}\n` };
}

/**
 * All of an emoji, for this service to read again. What changes in it so that readers of before would misread it, has
 * the next `version`; they ignore what they do not know.
 */
const manifest = json(
  'manifest.json',
  ({ origin, at }) =>
    `{"format":"custom-emoji","version":1,"exported_at":"${when(at)}","exported_from":${JSON.stringify(origin)},"emojis":[`,
  ({ name, aliases, tags, category, description, path, hash, bytes }) =>
    JSON.stringify({ name, aliases, tags, category, description, file: path, sha256: hash, bytes }),
  ']}',
);

/**
 * https://github.com/misskey-dev/misskey/blob/develop/packages/backend/src/queue/processors/ExportCustomEmojisProcessorService.ts,
 * and what ImportCustomEmojisProcessorService.ts reads of it: files beside it, called by letters, digits and dots. What
 * it calls aliases are words to find an emoji by.
 */
const misskeyMeta = json(
  'meta.json',
  ({ origin, at }) =>
    `{"metaVersion":2,"host":${JSON.stringify(new URL(origin).host)},"exportedAt":"${when(at)}","emojis":[`,
  ({ name, aliases, tags, category, path, url }) =>
    JSON.stringify({
      fileName: path,
      downloaded: true,
      emoji: {
        name,
        category,
        aliases: [...new Set([...aliases, ...tags])],
        type: 'image/gif',
        originalUrl: url,
        publicUrl: url,
        license: null,
        isSensitive: false,
        localOnly: false,
      },
    }),
  ']}',
);

/**
 * The content of an image pack event: https://github.com/matrix-org/matrix-spec-proposals/pull/2545. Only who uploads a
 * picture has the `mxc:` URI that `url` is to be: up to then, it is the path of the file in the archive.
 */
const matrixPack = json(
  'pack.json',
  ({ origin }) =>
    `{"pack":{"display_name":"${PACK_NAME}","usage":["emoticon"],"attribution":${JSON.stringify(origin)}},"images":{`,
  ({ name, description, path, bytes }) => {
    const image = { url: path, body: description || name, info: { mimetype: 'image/gif', size: bytes } };
    return `${JSON.stringify(name)}:${JSON.stringify(image)}`;
  },
  '}}',
);

/**
 * A line each, with the path below the server's static files: the folder is that of the pack.
 * https://akkoma.dev/AkkomaGang/akkoma/src/branch/develop/lib/pleroma/emoji/loader.ex, the same in Pleroma. A `pack.json`,
 * which both read in place of it, has no place for tags.
 */
const pleromaLines: PackList = {
  path: `${PACK_NAME}/emoji.txt`,
  open: () => '',
  item: ({ name, tags, path }) => `${[name, `/emoji/${path}`, ...tags].join(', ')}\n`,
  between: '',
  close: '',
};

/**
 * https://docs.mattermost.com/onboard/bulk-loading-data-format.html. Files are looked for in `data/`:
 * https://github.com/mattermost/mattermost/blob/master/server/channels/app/import.go, called with `ExportDataDir`.
 */
const mattermostLines: PackList = {
  path: 'import.jsonl',
  open: () => '{"type":"version","version":1}\n',
  item: ({ name, path }) => {
    const emoji = { name, image: path.replace(/^data\//, '') };
    return `${JSON.stringify({ type: 'emoji', emoji })}\n`;
  },
  between: '',
  close: '',
};

/** https://github.com/lambtron/emojipacks#emoji-yaml-file. Strings are in quotes: YAML reads `on` and `1_000` otherwise. */
const emojipacksYaml: PackList = {
  path: 'emoji.yaml',
  open: () => `title: ${PACK_NAME}\nemojis:\n`,
  item: ({ name, aliases, url }) => {
    const others = aliases
      .filter((alias) => alias !== name)
      .map((alias) => `      - ${JSON.stringify(alias)}\n`)
      .join('');
    return `  - name: ${JSON.stringify(name)}\n${others && `    aliases:\n${others}`}    src: ${JSON.stringify(url)}\n`;
  },
  between: '',
  close: '',
  none: () => `title: ${PACK_NAME}\nemojis: []\n`,
};

export const PACK_FORMATS = {
  'custom-emoji': { title: 'This service', archive: 'zip', rules: null, folder: 'pictures/', list: manifest },
  slack: { title: 'Slack', archive: 'zip', rules: PLATFORMS.slack, folder: '', list: null },
  discord: { title: 'Discord', archive: 'zip', rules: PLATFORMS.discord, folder: '', list: null },
  /**
   * https://github.com/mastodon/mastodon/blob/main/lib/mastodon/cli/emoji.rb: what ends with `.gif` or `.png`, whatever else
   * is there. The tar reader of Ruby that it uses knows names of up to 100 bytes.
   */
  mastodon: {
    title: 'Mastodon',
    archive: 'tar.gz',
    rules: { ...PLATFORMS.mastodon, name: { ...PLATFORMS.mastodon.name, most: 96 } },
    folder: '',
    list: null,
  },
  misskey: { title: 'Misskey', archive: 'zip', rules: PLATFORMS.misskey, folder: '', list: misskeyMeta },
  matrix: { title: 'Matrix', archive: 'zip', rules: PLATFORMS.matrix, folder: 'images/', list: matrixPack },
  pleroma: {
    title: 'Pleroma and Akkoma',
    archive: 'zip',
    rules: PLATFORMS.pleroma,
    folder: `${PACK_NAME}/`,
    list: pleromaLines,
  },
  mattermost: {
    title: 'Mattermost',
    archive: 'zip',
    rules: PLATFORMS.mattermost,
    folder: 'data/emoji/',
    list: mattermostLines,
  },
  emojipacks: {
    title: 'emojipacks',
    archive: null,
    rules: PLATFORMS.slack,
    aliasesAreNames: true,
    folder: '',
    list: emojipacksYaml,
  },
} as const satisfies Record<string, PackFormat>;

export type PackFormatId = keyof typeof PACK_FORMATS;

export const PACK_FORMAT_IDS = Object.keys(PACK_FORMATS) as PackFormatId[];
