import { describe, expect, it } from 'vitest';
import { CHAT_MESSAGES } from '../../src/application/notices/chat-messages.ts';
import { mailMessage } from '../../src/application/notices/mail-message.ts';
import { wordsOf } from '../../src/application/notices/words.ts';
import type { NoticeFacts } from '../../src/domain/notices.ts';

const SERVICE = 'https://emoji.example.org';
const PICTURE = `${SERVICE}/custom-emoji/images/abc.gif`;

const CREATED: NoticeFacts = {
  event: 'emoji.created',
  at: 0,
  actor: 'ada@example.org',
  emoji: { id: 'id', name: 'party_parrot', owner: null, tags: [], hash: 'abc', frames: 2 },
  previousName: null,
  task: null,
};

/** What a person may have had a hand in: markup and mentions of all kinds. */
const NASTY = '<!channel> @here *b* _i_ `c` [l](https://evil.example) & "q" \'s\'';

const FAILED: NoticeFacts = {
  event: 'task.failed',
  at: 0,
  actor: NASTY,
  emoji: null,
  previousName: null,
  task: {
    id: 'task-1',
    kind: 'create',
    parentId: null,
    state: 'FAILURE',
    emojiName: 'broken',
    outcome: null,
    failure: { code: 'corrupt_picture', message: `It has ${NASTY}.`, remedy: 'Save it again.' },
  },
};

const message = (kind: keyof typeof CHAT_MESSAGES, facts: NoticeFacts, picture: string | null = null) =>
  CHAT_MESSAGES[kind](wordsOf(facts, SERVICE), picture);

describe('a message to Slack', () => {
  // https://docs.slack.dev/reference/block-kit/blocks
  it('shows the picture, the name to copy, who added it, and a link', () => {
    expect(message('slack', CREATED, PICTURE)).toEqual({
      text: 'New emoji :party_parrot:',
      blocks: [
        {
          type: 'section',
          text: { type: 'plain_text', text: 'New emoji :party_parrot:', emoji: false },
          accessory: { type: 'image', image_url: PICTURE, alt_text: ':party_parrot:' },
        },
        {
          type: 'section',
          text: { type: 'mrkdwn', text: `<${SERVICE}/?emoji=party_parrot|The emoji>   \`:party_parrot:\`` },
        },
        { type: 'context', elements: [{ type: 'plain_text', text: 'Added by ada@example.org', emoji: false }] },
      ],
    });
  });

  it('shows why something failed and what to do, and takes nothing of that for markup', () => {
    const { blocks } = message('slack', FAILED) as {
      blocks: { type: string; text?: { type: string; text: string } }[];
    };
    expect(blocks.at(-1)).toEqual({
      type: 'context',
      elements: [
        { type: 'plain_text', text: `Ordered by ${NASTY}`, emoji: false },
        { type: 'plain_text', text: `It has ${NASTY}. Save it again.`, emoji: false },
      ],
    });
    const marked = blocks.flatMap(({ text }) => (text?.type === 'mrkdwn' ? [text.text] : []));
    expect(marked).toEqual([`<${SERVICE}/tasks?task=task-1|The task>`]);
  });
});

describe('a message to Discord', () => {
  // https://discord.com/developers/docs/resources/message#embed-object
  it('shows the picture, the name to copy, who added it, and a link', () => {
    expect(message('discord', CREATED, PICTURE)).toEqual({
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: 'New emoji \\:party\\_parrot\\:',
          url: `${SERVICE}/?emoji=party_parrot`,
          color: 0x2e7d32,
          description: '`:party_parrot:`',
          footer: { text: 'Added by ada@example.org' },
          thumbnail: { url: PICTURE },
        },
      ],
    });
  });

  it('shows why something failed and what to do, and takes nothing of that for markup', () => {
    const { embeds } = message('discord', FAILED) as { embeds: { description: string }[] };
    expect(embeds[0]?.description).toBe(
      'It has \\<\\!channel\\> \\@here \\*b\\* \\_i\\_ \\`c\\` \\[l\\]\\(https\\://evil.example\\) \\& "q" \'s\'.\nSave it again.',
    );
  });
});

describe('a message to Discord that it would refuse', () => {
  const embed = (facts: NoticeFacts, service = SERVICE) =>
    (CHAT_MESSAGES.discord(wordsOf(facts, service), null) as { embeds: Record<string, string>[] }).embeds[0];

  it('is none: with the longest names its title has 256 characters at most', () => {
    const long = (first: string) => `${first}${'_'.repeat(63)}`;
    const renamed: NoticeFacts = { ...CREATED, event: 'emoji.renamed', previousName: long('a') };
    const title = embed({ ...renamed, emoji: CREATED.emoji && { ...CREATED.emoji, name: long('b') } })?.title ?? '';
    expect(title.length).toBeLessThanOrEqual(256);
    // No half of what is put in front of a character.
    expect(title).toMatch(/^\\:a(\\_){63}\\: is called \\:b(\\_){50,}…$/);
  });

  // "Not a well formed URL": https://github.com/bugsink/bugsink/issues/280
  it('is none: a link without the full name of a server is text', () => {
    const { url, description } = embed(CREATED, 'http://localhost:8787') ?? {};
    expect(url).toBeUndefined();
    expect(description).toBe('`:party_parrot:`\nThe emoji: <http://localhost:8787/?emoji=party_parrot>');
  });
});

describe('a message to Mattermost', () => {
  // https://developers.mattermost.com/integrate/reference/message-attachments/
  it('shows the picture, the name to copy, who added it, and a link', () => {
    expect(message('mattermost', CREATED, PICTURE)).toEqual({
      attachments: [
        {
          fallback: 'New emoji :party_parrot:',
          // With a link it is plain text: https://github.com/mattermost/mattermost/issues/16883
          title: 'New emoji :party_parrot:',
          title_link: `${SERVICE}/?emoji=party_parrot`,
          color: '#2e7d32',
          text: '`:party_parrot:`\nAdded by ada&#64;\u200bexample.org',
          thumb_url: PICTURE,
        },
      ],
    });
  });

  // CommonMark 0.31, 2.5: what is written as entities is never markup. 2.4 has backslashes too, but not Mattermost for all.
  // Its server reads the entities before it looks for mentions: parseCharacterReference in its markdown/inlines.go.
  it('mentions nobody, and takes nothing for markup', () => {
    const { attachments } = message('mattermost', FAILED) as { attachments: { text: string }[] };
    const nasty =
      '&#60;&#33;channel&#62; &#64;\u200bhere &#42;b&#42; &#95;i&#95; &#96;c&#96; &#91;l&#93;&#40;https&#58;//evil.example&#41; &#38; "q" \'s\'';
    expect(attachments[0]?.text).toBe(`It has ${nasty}.\nSave it again.\nOrdered by ${nasty}`);
  });
});

describe('an e-mail', () => {
  it('has text and HTML, and the picture in it', () => {
    const mail = mailMessage(wordsOf(CREATED, SERVICE), 'bob@example.org', new Uint8Array(1));
    expect(mail).toMatchObject({ to: 'bob@example.org', subject: 'New emoji :party_parrot:' });
    expect(mail.text).toBe(
      `New emoji :party_parrot:\n\nTo use it: :party_parrot:\n\nAdded by ada@example.org\n\nThe emoji: ${SERVICE}/?emoji=party_parrot\n`,
    );
    expect(mail.html).toContain('<img src="cid:emoji" width="100" height="100" alt=":party_parrot:">');
    expect(mail.html).toContain(`<a href="${SERVICE}/?emoji=party_parrot">`);
  });

  it('has no markup in it that somebody else has written', () => {
    const { html, text } = mailMessage(wordsOf(FAILED, SERVICE), 'bob@example.org', null);
    expect(html).not.toContain('<!channel>');
    expect(html).toContain('It has &lt;!channel&gt; @here *b*');
    expect(html).toContain('&amp; &quot;q&quot; &#39;s&#39;.</p><p>Save it again.</p>');
    expect(html).not.toContain('<img');
    expect(text).toContain(NASTY);
  });
});

it.each<[NoticeFacts['event'], string]>([
  ['emoji.replaced', ':party_parrot: has another picture'],
  ['emoji.renamed', ':parrot: is called :party_parrot: now'],
  ['emoji.deleted', ':party_parrot: was deleted'],
  ['emoji.restored', ':party_parrot: is back'],
  ['task.succeeded', ':party_parrot: is ready'],
])('says what happened: %s', (event, headline) => {
  const words = wordsOf({ ...CREATED, event, previousName: 'parrot' }, SERVICE);
  expect(words.headline).toBe(headline);
  expect(words.copy).toBe(event === 'emoji.deleted' ? null : ':party_parrot:');
});

it('tells of tasks that make no picture', () => {
  const { task } = FAILED;
  if (task === null) throw new Error('it has no task');
  const of = (kind: 'import' | 'publish', failure = task.failure) =>
    wordsOf(
      {
        ...FAILED,
        event: failure ? 'task.failed' : 'task.succeeded',
        task: { ...task, kind, failure, emojiName: kind === 'import' ? '' : 'tada' },
      },
      SERVICE,
    );
  expect(of('import', null)).toMatchObject({ headline: 'An import is done', link: { label: 'The task' } });
  expect(of('import').headline).toBe('An import has failed');
  expect(of('publish', null).headline).toBe(':tada: was published');
  expect(of('publish').headline).toBe(':tada: could not be published');
});
