import type { TargetKind } from '../../domain/notices.ts';
import type { Words } from './words.ts';

/** @param picture where everybody may fetch it; null for none */
type Write = (words: Words, picture: string | null) => object;

/** What the incoming webhook of each platform is sent, as JSON. */
export const CHAT_MESSAGES: Record<Exclude<TargetKind, 'webhook' | 'email'>, Write> = {
  slack: slackMessage,
  discord: discordMessage,
  mattermost: mattermostMessage,
};

/** As https://docs.slack.dev/messaging/formatting-message-text has it; mentions and links are in angle brackets. */
function forSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * Block Kit. What people have written is plain text, in which nothing is looked for; a name has no character that would
 * end a code span.
 */
function slackMessage({ headline, copy, who, failure, link }: Words, picture: string | null): object {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
  const details = [who, failure && `${failure.reason} ${failure.remedy}`].filter((text) => text !== null);
  const links = `<${link.url}|${forSlack(link.label)}>${copy === null ? '' : `   \`${copy}\``}`;
  return {
    // What a notification on a phone has.
    text: forSlack(headline),
    blocks: [
      {
        type: 'section',
        text: plain(headline),
        ...(picture !== null && { accessory: { type: 'image', image_url: picture, alt_text: copy ?? headline } }),
      },
      { type: 'section', text: { type: 'mrkdwn', text: links } },
      ...(details.length > 0 ? [{ type: 'context', elements: details.map(plain) }] : []),
    ],
  };
}

/** What Markdown of any kind would take for more than text. */
function forMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_~|<>[\]()#+\-!:@&{}]/g, '\\$&');
}

/** An embed. Nobody is mentioned, whatever it says. */
function discordMessage({ headline, copy, who, failure, link }: Words, picture: string | null): object {
  const lines = [
    copy === null ? null : `\`${copy}\``,
    failure && forMarkdown(failure.reason),
    failure && forMarkdown(failure.remedy),
  ].filter((line) => line !== null);
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: forMarkdown(headline),
        url: link.url,
        color: failure ? RED : GREEN,
        ...(lines.length > 0 && { description: lines.join('\n') }),
        ...(who !== null && { footer: { text: who } }),
        ...(picture !== null && { thumbnail: { url: picture } }),
      },
    ],
  };
}

const GREEN = 0x2e7d32;
const RED = 0xc62828;

/** Behind an `@` it is no mention, though it looks like one. */
const NOTHING = '\u200b';

/** A message attachment, in Markdown. */
function mattermostMessage({ headline, copy, who, failure, link }: Words, picture: string | null): object {
  const unmentioned = (text: string) => text.replaceAll('@', `@${NOTHING}`);
  const safe = (text: string) => unmentioned(forMarkdown(text).replaceAll('\\@', '@'));
  const lines = [
    copy === null ? null : `\`${copy}\``,
    failure && safe(failure.reason),
    failure && safe(failure.remedy),
  ].filter((line) => line !== null);
  return {
    attachments: [
      {
        fallback: safe(headline),
        title: safe(headline),
        title_link: link.url,
        color: `#${(failure ? RED : GREEN).toString(16)}`,
        ...(lines.length > 0 && { text: lines.join('\n') }),
        ...(who !== null && { footer: unmentioned(who) }),
        ...(picture !== null && { thumb_url: picture }),
      },
    ],
  };
}
