import type { Mail } from './ports.ts';
import type { Words } from './words.ts';

/** @param picture the GIF, to be shown in it; null for none */
export function mailMessage(words: Words, to: string, picture: Uint8Array | null): Mail {
  const { headline, copy, who, failure, link } = words;
  const lines = [
    headline,
    copy && `To use it: ${copy}`,
    failure?.reason,
    failure?.remedy,
    who,
    `${link.label}: ${link.url}`,
  ].filter((line) => typeof line === 'string');
  const html = [
    `<p><strong>${forHtml(headline)}</strong></p>`,
    picture && `<p><img src="cid:emoji" width="100" height="100" alt="${forHtml(copy ?? '')}"></p>`,
    copy && `<p>To use it: <code>${forHtml(copy)}</code></p>`,
    failure && `<p>${forHtml(failure.reason)}</p><p>${forHtml(failure.remedy)}</p>`,
    who && `<p>${forHtml(who)}</p>`,
    `<p><a href="${forHtml(link.url)}">${forHtml(link.label)}</a></p>`,
  ].filter((part) => part);
  return { to, subject: headline, text: `${lines.join('\n\n')}\n`, html: html.join('\n'), picture };
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function forHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
