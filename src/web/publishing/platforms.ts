import type { NewTarget, Target } from './publishing-api.ts';

type Field = 'url' | 'guild_id' | 'email';

interface Words {
  /** What else the target has to be known by. */
  fields: Field[];
  /** What its secret is called there, and where one gets it. */
  secret: string;
  hint: string;
}

/** What a person has to give for a target of each platform. */
export const PLATFORM_WORDS: Record<Target['platform'], Words> = {
  discord: {
    fields: ['guild_id'],
    secret: 'Token of a bot',
    hint: 'Of an application at discord.com/developers, whose bot is on the server and may create and manage expressions.',
  },
  mattermost: {
    fields: ['url'],
    secret: 'Personal access token',
    hint: 'From the security settings of an account that may add custom emoji.',
  },
  zulip: {
    fields: ['url', 'email'],
    secret: 'API key',
    hint: 'Of the account with that e-mail address, from its settings. It may have to be an administrator’s.',
  },
  slack: {
    fields: [],
    secret: 'User token',
    hint: 'Of Enterprise Grid, with the scope admin.teams:write: no other plan lets programs add emoji.',
  },
};

export const FIELD_WORDS: Record<Field, { label: string; inputMode: 'url' | 'numeric' | 'email'; hint: string }> = {
  url: {
    label: 'Address',
    inputMode: 'url',
    hint: 'Under which people open it in their browsers: https://chat.example.org',
  },
  guild_id: {
    label: 'ID of the server',
    inputMode: 'numeric',
    hint: 'With developer mode on (settings, advanced), it is in the menu of the server: copy server ID.',
  },
  email: { label: 'E-mail address', inputMode: 'email', hint: 'Whose API key it is; of a bot as well.' },
};

/** A target of what was written. */
export function newTarget(platform: Target['platform'], written: Record<Field | 'name' | 'secret', string>): NewTarget {
  const name = written.name.trim();
  const secret = written.secret.trim();
  const url = written.url.trim();
  switch (platform) {
    case 'discord':
      return { name, platform, guild_id: written.guild_id.trim(), secret };
    case 'mattermost':
      return { name, platform, url, secret };
    case 'zulip':
      return { name, platform, url, email: written.email.trim(), secret };
    case 'slack':
      return { name, platform, secret };
  }
}
