import { expect, it } from 'vitest';
import { deployed } from '../support/closed.ts';

/** What each scope is for, as the table of docs/access.md has it; of two, either will do. */
const NEEDED = {
  '': ['GET /access/session', 'POST /access/session', 'DELETE /access/session', 'GET /healthz'],
  // For everybody, where the service is not private.
  'public or emoji:read': [
    'GET /custom-emoji/emojis',
    'GET /custom-emoji/emojis:tags',
    'POST /custom-emoji/emojis:batchGet',
    'GET /custom-emoji/emojis/{name}',
    'GET /custom-emoji/emojis/{name}/info',
    'GET /custom-emoji/emojis/{name}/platforms',
    'GET /custom-emoji/emojis/{name}/for/{platform}',
    'GET /custom-emoji/fitted/{file}',
    'GET /custom-emoji/images/{file}',
    'GET /custom-emoji/{name}',
  ],
  'emoji:read': [
    'GET /custom-emoji/emojis/{name}/original',
    'GET /custom-emoji/emojis/{name}/history',
    'GET /custom-emoji/packs/{format}',
  ],
  'emoji:write': [
    'POST /custom-emoji/emojis',
    'PUT /custom-emoji/emojis/{name}/image',
    'POST /custom-emoji/emojis/{name}/render',
    'PATCH /custom-emoji/emojis/{name}',
    'DELETE /custom-emoji/emojis/{name}',
    'POST /custom-emoji/emojis/{name}/restore',
    'GET /custom-emoji/bin',
    'POST /custom-emoji/imports',
    'POST /custom-emoji/imports/{id}/run',
    'GET /custom-emoji/targets',
    'GET /custom-emoji/targets/{target}',
    'POST /custom-emoji/targets/{target}/check',
    'GET /custom-emoji/emojis/{name}/publications',
    'POST /custom-emoji/emojis/{name}/publications',
    'POST /custom-emoji/publications',
    'GET /notices/subscriptions',
    'POST /notices/subscriptions',
    'GET /notices/subscriptions/{id}',
    'PATCH /notices/subscriptions/{id}',
    'DELETE /notices/subscriptions/{id}',
    'POST /notices/subscriptions/{id}/test',
    'POST /notices/subscriptions/{id}/secret/rotate',
    'GET /notices/deliveries',
    'POST /notices/deliveries/{id}/resend',
  ],
  // Those of one's own, or all.
  'task:read or emoji:write': [
    'GET /task-queue/status',
    'GET /task-queue/tasks/{id}',
    'GET /task-queue/tasks/{id}/events',
    'GET /custom-emoji/imports/{id}',
    'GET /custom-emoji/imports/{id}/items',
  ],
  'task:read': [
    'GET /task-queue/tasks',
    'GET /task-queue/counts',
    'GET /task-queue/stats',
    'GET /task-queue/consumer',
    'GET /task-queue/events',
    'GET /metrics',
  ],
  'task:write or emoji:write': ['POST /task-queue/tasks/{id}/cancel', 'POST /task-queue/tasks/{id}/retry'],
  'task:write': ['POST /task-queue/tasks/cancel', 'POST /task-queue/tasks/retry', 'POST /task-queue/sweep'],
  'token:admin': [
    'GET /access/tokens',
    'POST /access/tokens',
    'DELETE /access/tokens/{id}',
    'GET /access/audit',
    'POST /custom-emoji/targets',
    'PATCH /custom-emoji/targets/{target}',
    'DELETE /custom-emoji/targets/{target}',
  ],
};

type Entry = Record<string, string[]>;

const wordsOf = (entry: Entry): string => Object.values(entry).flat().join() || 'public';

it('every route needs what its scope is said to be for, with a token as with a session', async () => {
  const { paths } = await (await deployed().send('/openapi.json')).json<{
    paths: Record<string, Record<string, { security: Entry[] }>>;
  }>();
  const needed = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => {
      const [byToken, bySession] = ['session', 'token'].map((other) =>
        security
          .filter((entry) => !(other in entry))
          .map(wordsOf)
          .join(' or '),
      );
      expect(bySession, `${method} ${path}`).toBe(byToken);
      return [`${method.toUpperCase()} ${path}`, byToken];
    }),
  );
  const expected = Object.entries(NEEDED).flatMap(([scopes, routes]) => routes.map((route) => [route, scopes]));
  expect(Object.fromEntries(needed)).toEqual(Object.fromEntries(expected));
});
