import { describe, expect, it } from 'vitest';
import { platformClients } from '../../src/adapters/publishers/clients.ts';
import { NameInUse, PlatformBusy, PlatformFault, PlatformRefusal } from '../../src/application/publishing-ports.ts';
import { sha256 } from '../../src/application/sha256.ts';
import { PUBLISHED_PLATFORMS } from '../../src/domain/publishing/target.ts';
import { newPlace, type TestPlace } from '../support/places.ts';
import { fixture } from '../support/service.ts';

const SERVICE = 'https://emoji.example.net';
const GIF = {
  file: fixture('moving-square.gif'),
  type: 'gif' as const,
  url: `${SERVICE}/custom-emoji/images/${'0'.repeat(64)}.gif`,
};
const PNG = { ...GIF, file: fixture('halves.png'), type: 'png' as const };

const clientOf = ({ target, secret }: TestPlace, maxMs?: number) => platformClients.of(target, secret, SERVICE, maxMs);

const MADE_BY_OTHERS = { emojis: [{ name: 'there', base64: PNG.file.toBase64() }] };

async function refused(doing: Promise<unknown>) {
  const error = await doing.catch((error) => error);
  expect(error).toBeInstanceOf(PlatformRefusal);
  return (error as PlatformRefusal).failure;
}

describe.each(PUBLISHED_PLATFORMS)('%s', (platform) => {
  it('is told who asks, and tells whose token it is', async () => {
    const place = await newPlace(platform);
    expect(await clientOf(place).whoami()).toEqual({ id: '4711', name: 'emoji-bot' });
    const { requests } = await place.look();
    expect(requests[0]?.headers['user-agent']).toContain(SERVICE);
  });

  it.each([
    ['gif', GIF],
    ['png', PNG],
  ])('gets a %s as it is, finds it again, and removes it', async (_, picture) => {
    const place = await newPlace(platform);
    const client = clientOf(place);
    expect(await client.find('tada')).toEqual([]);
    const id = await client.add('tada', picture);
    const { emojis } = await place.look();
    expect(emojis).toMatchObject([{ name: 'tada', creatorId: '4711' }]);
    if (platform === 'slack') expect(emojis[0]?.url).toBe(picture.url);
    else expect(emojis[0]?.sha256).toBe(await sha256(picture.file));
    const [found] = await client.find('tada');
    expect(found).toEqual({ id, creatorId: '4711' });
    if (found === undefined) return;
    const shown = await client.pictureOf(found);
    if (shown !== null) expect(shown).toEqual(picture.file);
    await client.remove('tada', found);
    expect((await place.look()).emojis).toEqual([]);
    // Once more does no harm.
    await client.remove('tada', found);
  });

  it('tells who made an emoji', async () => {
    const place = await newPlace(platform, MADE_BY_OTHERS);
    const [found] = await clientOf(place).find('there');
    expect(found?.creatorId).not.toBe('4711');
    expect(found?.creatorId).toEqual(expect.any(String));
  });

  it('is asked again after the pause that it asks for', async () => {
    const place = await newPlace(platform);
    await place.trouble({ trouble: { rate: 64.57 } });
    const error = await clientOf(place)
      .whoami()
      .catch((error) => error);
    expect(error).toBeInstanceOf(PlatformBusy);
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(64_570);
    expect(error.retryAfterMs).toBeLessThanOrEqual(65_000);
  });

  it('may ask for a pause by a date, and is given a minute where it does not say', async () => {
    const place = await newPlace(platform);
    const date = new Date(Date.now() + 90_000).toUTCString();
    await place.trouble(
      { times: 1, trouble: { status: 503, headers: { 'Retry-After': date } } },
      { times: 1, trouble: { status: 429, body: '<h1>Banned' } },
      { times: 1, trouble: { status: 429, headers: { 'Retry-After': '-5' } } },
    );
    const client = clientOf(place);
    const pause = async () => (await client.find('a').catch((error) => error)).retryAfterMs;
    expect(await pause()).toBeGreaterThan(85_000);
    expect(await pause()).toBe(60_000);
    expect(await pause()).toBe(1_000);
  });

  it('does not take a wrong token', async () => {
    const place = await newPlace(platform);
    await place.trouble({ trouble: { status: 401, body: '{}' } });
    const failure = await refused(clientOf(place).whoami());
    expect(failure).toMatchObject({ code: 'target_unauthorized', message: expect.stringContaining(`our-${platform}`) });
  });

  it.each([500, 502, 503, 504, 522, 408])('may answer %i and be asked again', async (status) => {
    const place = await newPlace(platform);
    await place.trouble({ trouble: { status, body: '<h1>Oh' } });
    await expect(clientOf(place).find('a')).rejects.toThrow(PlatformFault);
  });

  it('may break off, or be silent', async () => {
    const place = await newPlace(platform);
    await place.trouble({ times: 1, trouble: 'reset' }, { trouble: 'silent' });
    await expect(clientOf(place).find('a')).rejects.toThrow(/broke off/);
    const start = Date.now();
    await expect(clientOf(place, 300).find('a')).rejects.toThrow(/within 0\.3 s/);
    expect(Date.now() - start).toBeLessThan(3_000);
  });

  it('is not followed to elsewhere with the token', async () => {
    const elsewhere = await newPlace('mattermost');
    const place = await newPlace(platform);
    await place.trouble({ trouble: { status: 307, headers: { Location: `${elsewhere.target.url}/api/v4/users/me` } } });
    expect(await refused(clientOf(place).add('tada', GIF))).toMatchObject({ code: 'target_no_platform' });
    expect((await elsewhere.look()).requests).toEqual([]);
  });

  it('is read no further than 4 MB', async () => {
    const place = await newPlace(platform);
    await place.trouble({ trouble: 'endless' });
    await expect(clientOf(place).find('a')).rejects.toThrow('4,194,304');
  });

  it.each(['<h1>Sign in', '{}', '[1]', 'null'])('may answer with what is no answer of it: %s', async (body) => {
    const place = await newPlace(platform);
    await place.trouble({ trouble: { status: 200, body } });
    const asking = clientOf(place).find('a');
    // Everything is a POST there, and may have been done.
    if (platform === 'slack') await expect(asking).rejects.toThrow(PlatformFault);
    else expect(await refused(asking)).toMatchObject({ code: 'target_no_platform' });
  });

  it.each([
    ['no answer at all', 'done in silence'],
    ['an answer that cannot be read', { status: 201, body: '<h1>Created' }],
    ['an answer without an end', 'endless'],
  ] as const)('may have made an emoji when there is %s', async (_, trouble) => {
    const place = await newPlace(platform);
    await place.trouble({ method: 'POST', path: platform === 'slack' ? '/admin.emoji.add' : '', trouble });
    await expect(clientOf(place, 500).add('tada', GIF)).rejects.toThrow(PlatformFault);
    await place.trouble();
    expect(await clientOf(place).find('tada')).toHaveLength(trouble === 'done in silence' ? 1 : 0);
  });

  it('has nobody read the token in what it says', async () => {
    const place = await newPlace(platform);
    await place.trouble({ trouble: 'echo' });
    const failure = await refused(clientOf(place).find('a'));
    const { requests } = await place.look();
    const [, sent = 'nothing was sent'] = requests[0]?.headers.authorization?.split(' ') ?? [];
    for (const secret of [place.secret, sent]) expect(JSON.stringify(failure)).not.toContain(secret);
    expect(failure.message).toContain('"no: ');
  });

  it('says who may add emoji', async () => {
    const place = await newPlace(platform, { mayAdd: false });
    expect(await refused(clientOf(place).add('tada', GIF))).toMatchObject({ code: 'target_forbidden' });
  });
});

describe('what is refused', () => {
  it.each(['mattermost', 'zulip', 'slack'] as const)('is a name that %s has already', async (platform) => {
    const place = await newPlace(platform, MADE_BY_OTHERS);
    await expect(clientOf(place).add('there', GIF)).rejects.toThrow(NameInUse);
  });

  it('is a name that Mattermost has an emoji of its own for', async () => {
    const place = await newPlace('mattermost', { reserved: ['smile'] });
    expect(await refused(clientOf(place).add('smile', GIF))).toMatchObject({ code: 'name_reserved' });
  });

  it.each([
    ['a still', PNG],
    ['a moving one', GIF],
  ])('is %s where Discord has no room', async (_, picture) => {
    const place = await newPlace('discord', { slots: 0 });
    const failure = await refused(clientOf(place).add('tada', picture));
    expect(failure).toMatchObject({ code: 'platform_full', message: expect.stringContaining('reached (0)') });
  });

  it('is an emoji more than Slack allows', async () => {
    const place = await newPlace('slack', { slots: 0 });
    expect(await refused(clientOf(place).add('tada', GIF))).toMatchObject({ code: 'platform_full' });
  });

  it('is told as Discord tells it, field by field', async () => {
    const place = await newPlace('discord');
    const failure = await refused(clientOf(place).add('x', GIF));
    expect(failure.message).toContain('name: Must be between 2 and 32 in length.');
    const large = await refused(clientOf(place).add('tada', { ...GIF, file: padded(GIF.file, 256 * 1024 + 1) }));
    expect(large.code).toBe('picture_refused');
  });

  it('is a form of more than 512 KiB by Mattermost', async () => {
    const place = await newPlace('mattermost');
    const failure = await refused(clientOf(place).add('tada', { ...GIF, file: padded(GIF.file, 512 * 1024) }));
    expect(failure.code).toBe('picture_refused');
  });

  it('is everything where Mattermost has custom emoji turned off: 501, which does not pass', async () => {
    const place = await newPlace('mattermost', { disabled: true });
    expect(await refused(clientOf(place).find('tada'))).toMatchObject({ code: 'platform_disabled' });
  });

  it.each(PUBLISHED_PLATFORMS)('is the removal of what others made, by %s', async (platform) => {
    const place = await newPlace(platform, { ...MADE_BY_OTHERS, mayRemoveOthers: false });
    const [there] = await clientOf(place).find('there');
    if (there === undefined || platform === 'slack') return;
    expect(await refused(clientOf(place).remove('there', there))).toMatchObject({ code: 'target_forbidden' });
  });

  it('is a server of Discord that the bot is not in', async () => {
    const place = await newPlace('discord');
    await place.trouble({ trouble: { status: 403, body: '{"message":"Missing Access","code":50001}' } });
    expect(await refused(clientOf(place).find('a'))).toMatchObject({ code: 'target_not_found' });
  });
});

it('finds an emoji of Slack on a later page', async () => {
  const base64 = '';
  const emojis = Array.from({ length: 2_001 }, (_, i) => ({ name: `e${i}`, base64 }));
  const place = await newPlace('slack', { emojis });
  expect(await clientOf(place).find('e2000')).toMatchObject([{ creatorId: 'somebody-else' }]);
  expect((await place.look()).requests).toHaveLength(3);
  expect(await clientOf(place).find('constructor')).toEqual([]);
});

it('finds all emoji of a name at Discord', async () => {
  const twice = [...MADE_BY_OTHERS.emojis, ...MADE_BY_OTHERS.emojis];
  expect(await clientOf(await newPlace('discord', { emojis: twice })).find('there')).toHaveLength(2);
});

function padded(file: Uint8Array, bytes: number): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(bytes);
  longer.set(file);
  return longer;
}
