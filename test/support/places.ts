import type { PublishedPlatform, Target } from '../../src/domain/publishing/target.ts';
import type { PlaceSetup, PlaceView, Trouble } from './platforms/place.ts';

const CONTROL = 'https://platforms.example.com/';

/** A community on one of the platforms of `test/support/platforms`, and how to reach it. */
export interface TestPlace {
  target: Target;
  secret: string;
  /** What is there, and what came. */
  look(): Promise<PlaceView>;
  /** From now on. */
  trouble(...troubles: Trouble[]): Promise<void>;
}

let count = 0;

/** Each is another one. */
export async function newPlace(
  platform: PublishedPlatform,
  setup: Partial<Omit<PlaceSetup, 'platform'>> = {},
): Promise<TestPlace> {
  count++;
  const own = `${Date.now()}${String(count).padStart(5, '0')}`;
  const secret = `secret-of-${platform}-${own}`;
  const host = `chat-${own}.example.com`;
  const hasUrl = platform === 'mattermost' || platform === 'zulip';
  const email = platform === 'zulip' ? `emoji-bot@${host}` : null;
  const keys = { discord: `${own} ${secret}`, slack: secret, mattermost: host, zulip: host }[platform];
  await control('PUT', keys, {
    platform,
    token: secret,
    account: { id: '4711', name: 'emoji-bot' },
    email: email ?? '',
    ...setup,
  });
  const key = keys.split(' ')[0] ?? '';
  return {
    target: {
      id: `target-${own}`,
      name: `our-${platform}`,
      platform,
      url: hasUrl ? `https://${host}` : null,
      guildId: platform === 'discord' ? own : null,
      email,
      createdAt: 0,
      createdBy: null,
      pausedUntil: 0,
    },
    secret,
    look: () => control('GET', key),
    trouble: async (...troubles) => void (await control('POST', key, troubles)),
  };
}

async function control(method: string, key: string, body?: unknown): Promise<PlaceView> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return (await fetch(CONTROL + encodeURIComponent(key), init)).json<PlaceView>();
}
