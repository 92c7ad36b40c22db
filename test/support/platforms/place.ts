import { createHash, randomUUID } from 'node:crypto';

export type PlatformName = 'discord' | 'mattermost' | 'zulip' | 'slack';

/** What goes wrong with requests of a method whose path ends so. */
export interface Trouble {
  method?: string;
  path?: string;
  /** How often; for ever where it is left out. */
  times?: number;
  trouble: /** Asks to be asked again in so many seconds; nothing is done. */
    | { rate: number; global?: boolean }
    /** Answers with this, and nothing is done. */
    | { status: number; body?: string; headers?: Record<string, string> }
    /** The connection breaks: before it is done, or after, without an answer. */
    | 'reset'
    | 'answer lost'
    /** Nothing comes: nothing is done, or all is. */
    | 'silent'
    | 'done in silence'
    /** An answer without an end. */
    | 'endless'
    /** Refuses, and quotes what it was sent. */
    | 'echo';
}

/** What a test sets up. */
export interface PlaceSetup {
  platform: PlatformName;
  token: string;
  account?: { id: string; name: string };
  /** Whether that account may add emoji, and remove those of others. */
  mayAdd?: boolean;
  mayRemoveOthers?: boolean;
  /** Room for so many emoji. */
  slots?: number;
  /** Names of the platform's own emoji. */
  reserved?: string[];
  disabled?: boolean;
  email?: string;
  /** Emoji of somebody else that are there. */
  emojis?: { name: string; base64: string }[];
  troubles?: Trouble[];
}

export interface PlaceEmoji {
  id: string;
  name: string;
  creatorId: string;
  /** Of Slack: what it was told to fetch. */
  url?: string;
  bytes: Buffer;
}

/** A community on one of the platforms, with all that happened in it. */
export class Place {
  readonly setup: Required<Omit<PlaceSetup, 'emojis' | 'troubles'>>;
  readonly account: { id: string; name: string };
  emojis: PlaceEmoji[] = [];
  troubles: Trouble[];
  requests: { method: string; path: string; headers: Record<string, string>; at: number }[] = [];
  private count = 0;

  constructor(setup: PlaceSetup) {
    this.account = setup.account ?? { id: '80351110224678912', name: 'emoji-bot' };
    this.setup = {
      account: this.account,
      mayAdd: true,
      mayRemoveOthers: true,
      slots: 50,
      reserved: [],
      disabled: false,
      email: '',
      ...setup,
    };
    this.troubles = [...(setup.troubles ?? [])];
    for (const { name, base64 } of setup.emojis ?? []) {
      this.add({ name, creatorId: 'somebody-else', bytes: Buffer.from(base64, 'base64') });
    }
  }

  add(emoji: Omit<PlaceEmoji, 'id'>): PlaceEmoji {
    this.count++;
    const id = this.setup.platform === 'zulip' ? String(this.count) : randomUUID().replaceAll('-', '').slice(0, 18);
    const added = { ...emoji, id };
    this.emojis.push(added);
    return added;
  }

  named(name: string): PlaceEmoji | undefined {
    return this.emojis.find((emoji) => emoji.name === name);
  }

  remove(id: string): void {
    this.emojis = this.emojis.filter((emoji) => emoji.id !== id);
  }

  /** The trouble that a request gets into, if any. */
  troubleOf(method: string, path: string): Trouble['trouble'] | null {
    const found = this.troubles.find(
      (trouble) =>
        (trouble.method ?? method) === method && path.endsWith(trouble.path ?? '') && (trouble.times ?? 1) > 0,
    );
    if (found?.times !== undefined) found.times--;
    return found?.trouble ?? null;
  }

  /** What a test looks at. */
  view() {
    const emojis = this.emojis.map(({ bytes, ...emoji }) => ({
      ...emoji,
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    }));
    return { emojis, requests: this.requests };
  }
}

export type PlaceView = ReturnType<Place['view']>;

/** A request as a platform gets it. */
export interface Received {
  method: string;
  /** Behind the address of the API. */
  path: string;
  authorization: string;
  contentType: string;
  body: Buffer;
}

export interface Reply {
  status: number;
  json?: unknown;
  file?: Buffer;
  headers?: Record<string, string>;
}

/** Follows the documented behaviour of one platform. */
export interface Platform {
  answer(place: Place, request: Received): Promise<Reply> | Reply;
  limited(seconds: number, global: boolean): Reply;
  /** An error that says what is given. */
  refusal(said: string): Reply;
}

/** The fields and files of a form, by the parser of undici: the forms are written by workerd. */
export function readForm({ contentType, body }: Received): Promise<FormData> {
  return new Response(new Uint8Array(body), { headers: { 'Content-Type': contentType } }).formData();
}

/** What a file is by its first bytes. */
export function typeOf(bytes: Buffer): 'gif' | 'png' | null {
  if (/^GIF8[79]a$/.test(bytes.toString('latin1', 0, 6))) return 'gif';
  return bytes.toString('latin1', 1, 4) === 'PNG' ? 'png' : null;
}
