import { env } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../support/database.ts';
import { hook, posted, type Subscription, settled, subscribeTo } from '../support/notices.ts';
import { expectProblem } from '../support/problems.ts';
import { accepted, finished, fixture, ORIGIN, request, requestJson, resetAtRest, upload } from '../support/service.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

const send = (method: string, path: string, body?: object) =>
  request(path, { method, ...(body && { headers: JSON_TYPE, body: JSON.stringify(body) }) });

async function made(name: string, picture: Uint8Array = fixture('halves.png')): Promise<string> {
  const { task_id } = await accepted(await upload(name, picture));
  await finished(task_id);
  return task_id;
}

beforeEach(migrate);
afterEach(async () => {
  await settled();
  await resetAtRest();
});

describe('a webhook', () => {
  it('is signed as Standard Webhooks has it, and tells what happened in its order', async () => {
    const { url, inbox } = hook();
    const { secret } = await subscribeTo(url);
    const taskId = await made('tada');
    const [created, succeeded, ...more] = await posted(inbox, 2);
    expect(more).toEqual([]);
    // The library of the specification: it throws where the signature is not right, or the time is not now.
    const told = [created, succeeded].map((one) =>
      new Webhook(secret ?? '').verify(one?.body ?? '', one?.headers ?? {}),
    );
    const { hash } = await requestJson<{ hash: string }>('/custom-emoji/emojis/tada/info');
    const emoji = {
      id: expect.any(String),
      name: 'tada',
      owner: null,
      tags: [],
      animated: false,
      hash,
      url: `${ORIGIN}/custom-emoji/emojis/tada`,
      image_url: `${ORIGIN}/custom-emoji/images/${hash}.gif`,
    };
    const task = {
      id: taskId,
      kind: 'create',
      parent_id: null,
      state: 'SUCCESS',
      emoji_name: 'tada',
      error: null,
      outcome: null,
      url: `${ORIGIN}/task-queue/tasks/${taskId}`,
    };
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(told).toEqual([
      { type: 'emoji.created', timestamp, data: { actor: null, emoji, previous_name: null, task } },
      { type: 'task.succeeded', timestamp, data: { actor: null, emoji, previous_name: null, task } },
    ]);
    expect(created?.headers['webhook-id']).not.toBe(succeeded?.headers['webhook-id']);
    expect(created?.headers['content-type']).toBe('application/json');
    const forged = JSON.stringify({ ...JSON.parse(created?.body ?? ''), type: 'emoji.deleted' });
    expect(() => new Webhook(secret ?? '').verify(forged, created?.headers ?? {})).toThrow();
  });

  it('tells of all that is done to an emoji', async () => {
    const { url, inbox } = hook();
    await subscribeTo(url, { events: ['emoji.replaced', 'emoji.renamed', 'emoji.deleted', 'emoji.restored'] });
    await made('tada');
    const picture = new FormData();
    picture.append('file', new Blob([fixture('moving-square.gif')]), 'p.gif');
    const put = await request('/custom-emoji/emojis/tada/image', { method: 'PUT', body: picture });
    await finished((await accepted(put)).task_id);
    const renamed = await request('/custom-emoji/emojis/tada', {
      method: 'PATCH',
      headers: { ...JSON_TYPE, 'If-Match': '*' },
      body: '{"name":"hooray","tags":["party"]}',
    });
    expect(renamed.status).toBe(200);
    expect((await send('DELETE', '/custom-emoji/emojis/hooray')).status).toBe(200);
    expect((await send('POST', '/custom-emoji/emojis/hooray/restore')).status).toBe(200);
    const told = (await posted(inbox, 4)).map(({ body }) => JSON.parse(body));
    expect(
      told.map(({ type, data }) => [type, data.emoji.name, data.previous_name, data.emoji.animated, data.emoji.tags]),
    ).toEqual([
      ['emoji.replaced', 'tada', null, true, []],
      ['emoji.renamed', 'hooray', 'tada', true, ['party']],
      ['emoji.deleted', 'hooray', null, true, ['party']],
      ['emoji.restored', 'hooray', null, true, ['party']],
    ]);
  });

  it('tells why a task failed, and what to do', async () => {
    const { url, inbox } = hook();
    await subscribeTo(url);
    const taskId = await made('broken', new TextEncoder().encode('no picture'));
    const { error } = await requestJson<{ error: object }>(`/task-queue/tasks/${taskId}`);
    const [told, ...more] = (await posted(inbox, 1)).map(({ body }) => JSON.parse(body));
    expect(more).toEqual([]);
    expect(told).toMatchObject({
      type: 'task.failed',
      data: { emoji: null, task: { id: taskId, state: 'FAILURE', emoji_name: 'broken', error } },
    });
  });

  it('has two signatures for a day after its secret was rotated, each of which is enough', async () => {
    const { url, inbox } = hook();
    const before = await subscribeTo(url);
    const rotated = await send('POST', `/notices/subscriptions/${before.id}/secret/rotate`);
    const after = await rotated.json<Subscription & { secret_before_until: string }>();
    expect(Date.parse(after.secret_before_until) - Date.now()).toBeGreaterThan(86_000_000);
    expect(after.secret).not.toBe(before.secret);
    await send('POST', `/notices/subscriptions/${before.id}/test`);
    const [test] = await posted(inbox, 1);
    expect(test?.headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [before.secret, after.secret]) {
      expect(new Webhook(secret ?? '').verify(test?.body ?? '', test?.headers ?? {})).toMatchObject({
        type: 'notice.test',
      });
    }
    await env.DB.prepare('UPDATE notice_subscriptions SET secret_before_until = ?').bind(Date.now()).run();
    await send('POST', `/notices/subscriptions/${before.id}/test`);
    const late = (await posted(inbox, 2))[1];
    expect(late?.headers['webhook-signature']).toMatch(/^v1,[^ ]+$/);
    expect(() => new Webhook(before.secret ?? '').verify(late?.body ?? '', late?.headers ?? {})).toThrow();
  });

  it('is still signed with the secret that its receiver has, when the answer with the next one was lost', async () => {
    const { url, inbox } = hook();
    const first = await subscribeTo(url);
    const rotate = async () =>
      (await send('POST', `/notices/subscriptions/${first.id}/secret/rotate`)).json<Subscription>();
    const [lost, last] = [await rotate(), await rotate()];
    const verified = async (count: number, secret: string | null) => {
      await send('POST', `/notices/subscriptions/${first.id}/test`);
      const { body = '', headers = {} } = (await posted(inbox, count)).at(-1) ?? {};
      expect(headers['webhook-signature']?.split(' ')).toHaveLength(3);
      return new Webhook(secret ?? '').verify(body, headers);
    };
    expect(await verified(1, first.secret)).toMatchObject({ type: 'notice.test' });
    expect(await verified(2, last.secret)).toMatchObject({ type: 'notice.test' });
    // No more than three.
    const latest = await rotate();
    await expect(verified(3, first.secret)).rejects.toThrow();
    for (const [i, { secret }] of [lost, last, latest].entries()) await verified(4 + i, secret);
  });

  it('is for the emoji of an owner or with a tag, where that is wanted', async () => {
    const [mine, tagged, others] = [hook(), hook(), hook()];
    await subscribeTo(mine.url, { owner: 'ada', events: ['emoji.created', 'task.succeeded', 'emoji.deleted'] });
    await subscribeTo(others.url, { owner: 'bob' });
    await subscribeTo(tagged.url, { tag: 'Party', events: ['emoji.deleted', 'emoji.created'] });
    const body = new FormData();
    body.append('file', new Blob([fixture('halves.png')]), 'p.png');
    const sent = await request('/custom-emoji/emojis?name=tada', {
      method: 'POST',
      body,
      headers: { 'X-Actor': 'ada' },
    });
    await finished((await accepted(sent)).task_id);
    const tags = await request('/custom-emoji/emojis/tada', {
      method: 'PATCH',
      headers: { ...JSON_TYPE, 'If-Match': '*' },
      body: '{"tags":["party"]}',
    });
    expect(tags.status).toBe(200);
    await send('DELETE', '/custom-emoji/emojis/tada');
    const types = (all: { body: string }[]) => all.map(({ body: text }) => JSON.parse(text).type);
    expect(types(await posted(mine.inbox, 3))).toEqual(['emoji.created', 'task.succeeded', 'emoji.deleted']);
    expect(types(await posted(tagged.inbox, 1))).toEqual(['emoji.deleted']);
    await settled();
    expect(await others.inbox()).toEqual([]);
  });
});

describe('an incoming webhook of a chat', () => {
  it('is sent a message as its platform has it', async () => {
    const [slack, discord, mattermost] = [hook(), hook(), hook()];
    await subscribeTo(mattermost.url, { kind: 'mattermost', events: ['emoji.created'] });
    await expectProblem(
      await send('POST', '/notices/subscriptions', { kind: 'slack', target: slack.url }),
      422,
      'target_not_allowed',
      /https:\/\/hooks\.slack\.com\/services\//,
    );
    await expectProblem(
      await send('POST', '/notices/subscriptions', { kind: 'discord', target: discord.url }),
      422,
      'target_not_allowed',
      /https:\/\/discord\.com\/api\/webhooks\//,
    );
    await made('tada');
    const [told] = (await posted(mattermost.inbox, 1)).map(({ body }) => JSON.parse(body));
    const { hash } = await requestJson<{ hash: string }>('/custom-emoji/emojis/tada/info');
    expect(told).toEqual({
      attachments: [
        {
          fallback: 'New emoji :tada:',
          title: 'New emoji :tada:',
          title_link: `${ORIGIN}/?emoji=tada`,
          color: '#2e7d32',
          text: '`:tada:`',
          thumb_url: `${ORIGIN}/custom-emoji/images/${hash}.gif`,
        },
      ],
    });
  });

  it('is never shown, since its address is a secret', async () => {
    const secret = 'T0000/B0000/a-secret-of-slack';
    const { id } = await subscribeTo(`https://hooks.slack.com/services/${secret}`, { kind: 'slack' });
    const shown = await Promise.all(
      ['', `/${id}`].map(async (path) => (await request(`/notices/subscriptions${path}`)).text()),
    );
    const { results } = await env.DB.prepare('SELECT * FROM notice_subscriptions').all();
    for (const text of [...shown, JSON.stringify(results)]) {
      expect(text).toContain(id);
      expect(text).toContain('https://hooks.slack.com/…');
      expect(text).not.toContain('a-secret-of-slack');
    }
  });
});

describe('a notice that is asked for with an upload', () => {
  const uploadWith = (name: string, notify: string, picture: BodyInit = fixture('halves.png')) =>
    request(`/custom-emoji/emojis?name=${name}`, {
      method: 'POST',
      headers: { 'Content-Type': 'image/png', 'X-Notify': notify },
      body: picture,
    });

  it('tells of the end of its task, this once', async () => {
    const { url, inbox } = hook();
    const { task_id } = await accepted(await uploadWith('tada', url));
    await finished(task_id);
    const [told] = await posted(inbox, 1);
    expect(JSON.parse(told?.body ?? '')).toMatchObject({ type: 'task.succeeded', data: { task: { id: task_id } } });
    expect(told?.headers['webhook-id']).toMatch(/^msg_/);
    expect(told?.headers['webhook-signature']).toBeUndefined();
    await made('other');
    await settled();
    expect(await inbox()).toHaveLength(1);
    expect(await requestJson('/notices/subscriptions')).toEqual({ data: [], next_cursor: null });
  });

  it('tells of a failure', async () => {
    const { url, inbox } = hook();
    const { task_id } = await accepted(await uploadWith('broken', url, 'no picture'));
    await finished(task_id);
    expect(JSON.parse((await posted(inbox, 1))[0]?.body ?? '')).toMatchObject({ type: 'task.failed' });
  });

  it('goes by e-mail to an address', async () => {
    const { task_id } = await accepted(await uploadWith('tada', 'ada@example.org'));
    await finished(task_id);
    expect(await settled()).toMatchObject([{ event: 'task.succeeded', state: 'delivered' }]);
  });

  /** A form with its fields in the order that they are given in, as browsers and curl send it. */
  const form = (...fields: [string, string | Blob][]) => {
    const body = new FormData();
    for (const [name, value] of fields) body.append(name, value);
    return { method: 'POST', body };
  };
  const picture = () => new Blob([fixture('halves.png')]);

  it.each(['before', 'after'])('may be asked for in the form, %s the picture', async (where) => {
    const { url, inbox } = hook();
    const fields: [string, string | Blob][] = [
      ['notify', ` ${url} `],
      ['file', picture()],
    ];
    const init = form(...(where === 'before' ? fields : fields.reverse()));
    const { task_id } = await accepted(await request('/custom-emoji/emojis?name=tada', init));
    await finished(task_id);
    expect(JSON.parse((await posted(inbox, 1))[0]?.body ?? '')).toMatchObject({ data: { task: { id: task_id } } });
  });

  it('may be asked for beside the URL of a picture', async () => {
    const { url, inbox } = hook();
    const body = JSON.stringify({ url: 'https://www.example.com/picture', notify: url });
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
    const { task_id } = await accepted(await request('/custom-emoji/emojis?name=tada', init));
    await finished(task_id);
    expect(JSON.parse((await posted(inbox, 1))[0]?.body ?? '')).toMatchObject({ data: { task: { id: task_id } } });
  });

  it('is nothing where its field is left empty', async () => {
    const { task_id } = await accepted(
      await request('/custom-emoji/emojis?name=tada', form(['notify', ''], ['file', picture()])),
    );
    await finished(task_id);
    expect(await settled()).toEqual([]);
  });

  it('is refused in the form as in the header, and nothing is kept of the upload', async () => {
    const sent = (...fields: [string, string][]) =>
      request('/custom-emoji/emojis?name=tada', form(['file', picture()], ...fields));
    await expectProblem(await sent(['notify', 'http://10.0.0.1/']), 422, 'url_not_allowed');
    const two = await sent(['notify', 'ada@example.org'], ['notify', 'bob@example.org']);
    await expectProblem(two, 422, 'invalid_request', /one e-mail/);
    await expectProblem(await sent(['notify', `https://${'a'.repeat(3_000_000)}`]), 422, 'invalid_request');
    const both = form(['file', picture()], ['notify', 'ada@example.org']);
    const headers = { 'X-Notify': 'ada@example.org' };
    await expectProblem(
      await request('/custom-emoji/emojis?name=tada', { ...both, headers }),
      422,
      'invalid_request',
      /in the header X-Notify and in the body/,
    );
    await expectProblem(
      await request('/custom-emoji/imports', form(['file', picture()], ['notify', 'ada@example.org'])),
      422,
      'invalid_request',
      /the header X-Notify/,
    );
    expect((await env.PICTURES.list()).objects).toEqual([]);
    for (const table of ['notice_subscriptions', 'tasks', 'emojis']) {
      expect(await env.DB.prepare(`SELECT COUNT(*) AS n FROM ${table}`).first('n'), table).toBe(0);
    }
  });

  it('is gone with an upload that is refused', async () => {
    await made('tada');
    await expectProblem(await uploadWith('tada', hook().url), 409, 'name_taken');
    await expectProblem(await uploadWith('a', 'http://10.0.0.1/'), 422, 'url_not_allowed');
    await expectProblem(await uploadWith('a', 'a@b@c'), 422, 'email_not_possible');
    await expectProblem(
      await uploadWith('a', 'ada@example.org, bob@example.org'),
      422,
      'invalid_request',
      /one e-mail/,
    );
    await expectProblem(
      await uploadWith('a&notify=ada@example.org', 'ada@example.org'),
      422,
      'invalid_request',
      /the header X-Notify/,
    );
    await expectProblem(await uploadWith('a', hook().url, ''), 422, 'empty_file');
    expect(await env.DB.prepare('SELECT COUNT(*) AS n FROM notice_subscriptions').first('n')).toBe(0);
  });
});

describe('a delivery', () => {
  it('is listed with its attempts, and sent once more under its id', async () => {
    const { url, inbox } = hook('202');
    const { id } = await subscribeTo(url);
    const { delivery_id } = await (await send('POST', `/notices/subscriptions/${id}/test`)).json<{
      delivery_id: string;
    }>();
    await posted(inbox, 1);
    const [delivery, ...more] = await settled();
    expect(more).toEqual([]);
    const attempt = {
      at: expect.any(String),
      status: 202,
      latency_ms: expect.any(Number),
      fault: null,
      answer: 'an answer',
    };
    expect(delivery).toEqual({
      id: delivery_id,
      subscription_id: id,
      target: 'https://www.example.com/…',
      event: 'notice.test',
      emoji_name: null,
      task_id: null,
      state: 'delivered',
      next_attempt_at: null,
      attempts: [attempt],
      created_at: expect.any(String),
    });
    expect((await send('POST', `/notices/deliveries/${delivery_id}/resend`)).status).toBe(202);
    const ids = (await posted(inbox, 2)).map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual([delivery_id, delivery_id]);
    expect(await settled('?state=delivered')).toMatchObject([{ attempts: [attempt, attempt] }]);
    expect(await settled(`?subscription=${id}&state=failed`)).toEqual([]);
  });

  it.each([
    ['500', 500, 'it answered 500', 'an answer'],
    ['redirect', 307, 'it answered 307', ''],
    ['reset', null, expect.stringMatching('cannot be reached'), null],
  ])('that is answered by %s is tried again', async (how, status, fault, answer) => {
    const { url, inbox } = hook(how);
    const { id } = await subscribeTo(url);
    await send('POST', `/notices/subscriptions/${id}/test`);
    await posted(inbox, 2);
    const [delivery] = await settled();
    const failed = { status, fault, answer };
    expect(delivery).toMatchObject({ state: 'waiting', attempts: [failed, failed] });
    const [first, second] = (await inbox()).map(({ at }) => at);
    // 5 s, more or less a tenth.
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(4_400);
    expect(new Set((await inbox()).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it.each(['429', 'later'])('waits for as long as its target asks for: %s', async (how) => {
    const { url, inbox } = hook(how);
    const { id } = await subscribeTo(url);
    await send('POST', `/notices/subscriptions/${id}/test`);
    const [first, second] = (await posted(inbox, 2)).map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(6_900);
  });

  it('is at its end where its target is gone, and its subscription with it', async () => {
    const { url, inbox } = hook('410');
    const { id } = await subscribeTo(url);
    await send('POST', `/notices/subscriptions/${id}/test`);
    await posted(inbox, 1);
    expect(await settled()).toMatchObject([{ state: 'failed', attempts: [{ status: 410 }] }]);
    expect(await requestJson(`/notices/subscriptions/${id}`)).toMatchObject({
      state: 'gone',
      reason: expect.stringContaining('410'),
    });
    await expectProblem(await send('POST', `/notices/subscriptions/${id}/test`), 409, 'subscription_not_active');
    await made('tada');
    await settled();
    expect(await inbox()).toHaveLength(1);
    expect(await (await send('PATCH', `/notices/subscriptions/${id}`, { paused: false })).json()).toMatchObject({
      state: 'active',
      reason: null,
    });
  });

  it('has got there where that was said before the connection broke off', async () => {
    const { url, inbox } = hook('broken');
    const { id } = await subscribeTo(url);
    await send('POST', `/notices/subscriptions/${id}/test`);
    await posted(inbox, 1);
    expect(await settled()).toMatchObject([{ state: 'delivered', attempts: [{ status: 200, answer: 'got it' }] }]);
  });

  it('has the first 500 bytes of an answer that has no end', async () => {
    const { url } = hook('endless');
    const { id } = await subscribeTo(url);
    await send('POST', `/notices/subscriptions/${id}/test`);
    const [delivery] = await settled();
    expect(delivery).toMatchObject({ state: 'delivered' });
    expect(delivery?.attempts[0]?.answer).toHaveLength(500);
  });

  it('has nothing of the address in it that the answer quotes: that is a secret', async () => {
    const { url, inbox } = hook('quote');
    const { id } = await subscribeTo(`${url}?key=a%20secret%20of%20theirs`);
    await send('POST', `/notices/subscriptions/${id}/test`);
    await posted(inbox, 1);
    expect(await settled()).toMatchObject([{ attempts: [{ status: 404 }] }]);
    const { results } = await env.DB.prepare('SELECT attempts FROM notice_deliveries').all();
    expect(JSON.stringify(results)).toContain('Cannot POST …');
    expect(JSON.stringify(results)).not.toMatch(/\/hook|secret|theirs/);
  });
});

describe('a subscription', () => {
  it('that is paused keeps what happens, and sends it when it goes on', async () => {
    const { url, inbox } = hook();
    const { id } = await subscribeTo(url, { events: ['emoji.created', 'emoji.deleted'] });
    expect(await (await send('PATCH', `/notices/subscriptions/${id}`, { paused: true })).json()).toMatchObject({
      state: 'paused',
    });
    await made('tada');
    await send('DELETE', '/custom-emoji/emojis/tada');
    const kept = await settled('?state=paused');
    expect(kept).toHaveLength(2);
    for (const path of [`deliveries/${kept[0]?.id}/resend`, `subscriptions/${id}/test`]) {
      await expectProblem(await send('POST', `/notices/${path}`), 409, 'subscription_not_active', /Resume it first/);
    }
    expect(await settled('?state=paused')).toHaveLength(2);
    expect(await inbox()).toEqual([]);
    await send('PATCH', `/notices/subscriptions/${id}`, { paused: false });
    expect((await posted(inbox, 2)).map(({ body }) => JSON.parse(body).type)).toEqual([
      'emoji.created',
      'emoji.deleted',
    ]);
  });

  it('can be changed, found and deleted', async () => {
    const { url, inbox } = hook();
    const first = await subscribeTo(url, { events: ['task.failed'] });
    const { id } = await subscribeTo(`${url}?key=secret`);
    const listed = await requestJson<{ data: Subscription[]; next_cursor: string }>('/notices/subscriptions?limit=1');
    expect(listed.data).toMatchObject([{ id, target: 'https://www.example.com/…' }]);
    const rest = await requestJson<{ data: Subscription[] }>(`/notices/subscriptions?cursor=${listed.next_cursor}`);
    expect(rest.data).toMatchObject([{ id: first.id, target: first.target, filter: { owner: null, tag: null } }]);
    const changed = await send('PATCH', `/notices/subscriptions/${first.id}`, {
      events: ['emoji.deleted'],
      owner: ' ada ',
    });
    expect(await changed.json()).toMatchObject({ events: ['emoji.deleted'], filter: { owner: 'ada', tag: null } });
    expect((await send('DELETE', `/notices/subscriptions/${id}`)).status).toBe(204);
    await expectProblem(await send('GET', `/notices/subscriptions/${id}`), 404, 'subscription_not_found');
    await made('tada');
    await settled();
    expect(await inbox()).toEqual([]);
  });

  it('is refused where nothing is to be sent', async () => {
    const refused = (body: object, code: string) =>
      send('POST', '/notices/subscriptions', { kind: 'webhook', ...body }).then((answer) =>
        expectProblem(answer, 422, code),
      );
    await refused({ target: 'https://10.0.0.1/hook' }, 'url_not_allowed');
    await refused({ target: 'https://intranet.local/' }, 'url_not_allowed');
    await refused({ target: 'http://www.example.com/' }, 'url_not_allowed');
    await refused({ target: 'https://www.example.com:8443/' }, 'url_not_allowed');
    await refused({ target: hook().url, tag: 'no tag!' }, 'invalid_tag');
    await refused({ target: hook().url, owner: ' ' }, 'invalid_request');
    await refused({ target: hook().url, events: ['emoji.eaten'] }, 'invalid_request');
    await refused({ target: 'nobody', kind: 'email' }, 'email_not_possible');
    await refused({ target: '\u00c4da@example.org', kind: 'email' }, 'email_not_possible');
    await expectProblem(
      await send(
        'POST',
        `/notices/subscriptions/${(await subscribeTo('ada@example.org', { kind: 'email' })).id}/secret/rotate`,
      ),
      409,
      'subscription_not_signed',
    );
    await expectProblem(await send('POST', '/notices/deliveries/msg_none/resend'), 404, 'delivery_not_found');
  });
});
