/** Platforms that emoji are published to by their own APIs. */
export const PUBLISHED_PLATFORMS = ['discord', 'mattermost', 'zulip', 'slack'] as const;

export type PublishedPlatform = (typeof PUBLISHED_PLATFORMS)[number];

/** Where emoji are published: a community on a platform, as whoever has its token. Times are milliseconds since 1970. */
export interface Target {
  id: string;
  /** By which it is asked for; no two have the same. */
  name: string;
  platform: PublishedPlatform;
  /** The server, without a path's slash at its end; null of a platform that has one for all. */
  url: string | null;
  /** Of Discord: the id of the server, which its API calls guild. */
  guildId: string | null;
  /** Of Zulip: whose API key the secret is. */
  email: string | null;
  createdAt: number;
  createdBy: string | null;
  /** Nothing is sent before: the platform has asked for a pause. 0 for none. */
  pausedUntil: number;
}
