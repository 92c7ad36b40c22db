import type { TargetKind } from '../../domain/notices.ts';
import { isPublicServer } from '../../domain/public-url.ts';
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

/** What either of them would take for more than text. */
const MARKDOWN = /[\\`*_~|<>[\]()#+\-!:@&{}$]/g;

/** Discord takes any punctuation behind a backslash for itself. */
function forDiscord(text: string): string {
  return text.replaceAll(MARKDOWN, '\\$&');
}

/** Of the embed of Discord, in characters: it refuses one with more. */
const MAX_TITLE_LENGTH = 256;

/** As long as there is room for it. Two names of 64 characters may be too long, by what is put in front of each. */
function titleOf(headline: string): string {
  let title = '';
  for (const character of Array.from(headline, forDiscord)) {
    if (title.length + character.length >= MAX_TITLE_LENGTH) return `${title}…`;
    title += character;
  }
  return title;
}

/** An embed. Nobody is mentioned, whatever it says. */
function discordMessage({ headline, copy, who, failure, link }: Words, picture: string | null): object {
  // It takes no URL without the full name of a server, such as http://localhost:8787, for one: that is text.
  const isLinked = isPublicServer(new URL(link.url));
  const lines = [
    copy === null ? null : `\`${copy}\``,
    failure && forDiscord(failure.reason),
    failure && forDiscord(failure.remedy),
    isLinked ? null : `${link.label}: <${link.url}>`,
  ].filter((line) => line !== null);
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: titleOf(headline),
        ...(isLinked && { url: link.url }),
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

/**
 * Mattermost shows a backslash in front of some punctuation, as `:`. What is written as entities is no markup to it; but
 * whom to tell, its server looks for in what they stand for.
 */
function forMattermost(text: string): string {
  return text.replaceAll(MARKDOWN, (character) => `&#${character.charCodeAt(0)};${character === '@' ? NOTHING : ''}`);
}

/** A message attachment. Its title is no Markdown where it is a link; its footer is, or is not, by the server's version. */
function mattermostMessage({ headline, copy, who, failure, link }: Words, picture: string | null): object {
  const lines = [
    copy === null ? null : `\`${copy}\``,
    failure && forMattermost(failure.reason),
    failure && forMattermost(failure.remedy),
    who && forMattermost(who),
  ].filter((line) => line !== null);
  return {
    attachments: [
      {
        fallback: headline,
        title: headline,
        title_link: link.url,
        color: `#${(failure ? RED : GREEN).toString(16)}`,
        ...(lines.length > 0 && { text: lines.join('\n') }),
        ...(picture !== null && { thumb_url: picture }),
      },
    ],
  };
}
