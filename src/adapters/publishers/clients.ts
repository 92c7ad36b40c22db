import type { PlatformClient, PlatformClients } from '../../application/publishing-ports.ts';
import { PLATFORMS } from '../../domain/platforms/table.ts';
import type { Target } from '../../domain/publishing/target.ts';
import { DISCORD_API, discordClient, discordUserAgent } from './discord.ts';
import { mattermostClient } from './mattermost.ts';
import { platformHttp } from './platform-http.ts';
import { SLACK_API, slackClient } from './slack.ts';
import { zulipClient } from './zulip.ts';

export const platformClients: PlatformClients = { of: clientOf };

function clientOf(target: Target, secret: string, service: string, maxMs?: number): PlatformClient {
  const { title } = PLATFORMS[target.platform];
  const http = (base: string, authorization: string, agent = `custom-emoji (+${service})`) => {
    const hidden = [secret, authorization.replace(/^\S+ /, '')];
    const headers = { Authorization: authorization, Accept: 'application/json', 'User-Agent': agent };
    return platformHttp({ title, target: target.name, base, headers, hidden }, maxMs);
  };
  switch (target.platform) {
    case 'discord':
      return discordClient(http(DISCORD_API, `Bot ${secret}`, discordUserAgent(service)), known(target.guildId));
    case 'mattermost':
      return mattermostClient(http(`${known(target.url)}/api/v4`, `Bearer ${secret}`));
    case 'zulip': {
      // RFC 7617.
      const pair = Buffer.from(`${known(target.email)}:${secret}`).toString('base64');
      return zulipClient(http(`${known(target.url)}/api/v1`, `Basic ${pair}`));
    }
    case 'slack':
      return slackClient(http(SLACK_API, `Bearer ${secret}`), target.name);
  }
}

function known(part: string | null): string {
  if (part === null) throw new Error('the target lacks what its platform needs');
  return part;
}
