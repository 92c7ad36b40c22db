import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { SCOPES } from '../../../src/domain/access.ts';
import { type Document, operationAt, operationsOf } from './document.ts';
import { Judge, type Received, textOf } from './judge.ts';
import { Memory } from './known.ts';
import { curl, prepare, requestsTo, type Sent } from './requests.ts';

/** An answer that takes longer hangs. Generous: it is no measurement. */
const MOST_MS = 10_000;

const PICTURES = ['halves.png', 'moving-square.gif', 'quadrants.webp'];

/** Of a service that is started to be fuzzed: an administrator's, for whom there is the most to be found. */
export const ADMIN_TOKEN = 'of-a-service-that-is-to-be-fuzzed';

export interface Options {
  seed: number;
  count: number;
  /** Of somebody who may do everything: tokens are made with it that every request is sent with. */
  token: string;
}

export interface Outcome {
  /** What was wrong: each with a line for a shell that asks the same. */
  faults: string[];
  /** How often each operation, such as `get /healthz`, gave each answer: `200`, `404 emoji_not_found`. */
  answers: Map<string, Map<string, number>>;
}

/**
 * Sends requests to every operation of the document that a service has of itself, within what that says and outside of
 * it, and compares the answers with it. What is asked follows from the seed; what exists by then is taken from answers.
 *
 * @param url of a service with nothing in it that has to be kept
 */
export async function fuzzHttp(url: string, { seed, count, token }: Options): Promise<Outcome> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const operations = operationsOf(document);
  const memory = new Memory(operations.map(({ path }) => path));
  const judge = new Judge(document);
  const pictures = await Promise.all(PICTURES.map((name) => readFile(`test/fixtures/${name}`)));
  const outcome: Outcome = { faults: [], answers: new Map() };

  let bearer = await newToken(url, token);
  /** As somebody who has not sent so many by now that nothing of his is answered, and whose token was not revoked. */
  const askAs = async (sent: Sent): Promise<Received> => {
    for (;;) {
      const received = await ask(url, { ...sent, headers: [...sent.headers, ['Authorization', `Bearer ${bearer}`]] });
      const code = codeOf(received);
      const isSignIn = sent.method === 'POST' && sent.path === '/access/session';
      if (code !== 'rate_limited' && (code !== 'token_invalid' || isSignIn)) return received;
      bearer = await newToken(url, token);
    }
  };

  const exchange = async (sent: Sent): Promise<void> => {
    const path = new URL(url + sent.path).pathname;
    const operation = operationAt(operations, sent.method, path);
    const received = await askAs(sent).catch((error: Error) => error);
    const faults =
      received instanceof Error
        ? [`no answer: ${received.message} ${received.cause ?? ''}`]
        : judge.faults(operation, sent.method, received);
    for (const fault of faults)
      outcome.faults.push(`${operation?.path ?? path}: ${fault.slice(0, 600)}\n  ${curl(url, sent)}`);
    if (received instanceof Error) return;
    if (operation !== null) countAnswer(outcome.answers, `${operation.method} ${operation.path}`, received);
    if (received.status < 400 && sent.method !== 'HEAD') learn(memory, received);
  };

  // Each operation as often as any other.
  const plans = fc.oneof(...operations.map((operation) => requestsTo(document, operation, pictures)));
  for (const [i, plan] of fc.sample(plans, { seed, numRuns: count }).entries()) {
    // Some are deleted again: there should always be something to be found.
    if (i % 10 === 0) {
      await exchange(upload(`n${i}`, pictures[(i / 10) % pictures.length]));
      await exchange(json('/notices/subscriptions', { kind: 'webhook', target: 'https://www.example.com/hook' }));
      await exchange(json('/custom-emoji/targets', TARGET));
      memory.learn(TARGET.name, 'target');
    }
    await exchange(prepare(plan, memory));
  }
  return outcome;
}

/** With all scopes. It is waited for where too many requests have come from here. */
async function newToken(url: string, by: string): Promise<string> {
  const headers = { Authorization: `Bearer ${by}`, 'Content-Type': 'application/json' };
  const body = JSON.stringify({ name: crypto.randomUUID(), scopes: SCOPES });
  for (;;) {
    const response = await fetch(`${url}/access/tokens`, { method: 'POST', headers, body });
    if (response.ok) return ((await response.json()) as { token: string }).token;
    if (response.status !== 429) throw new Error(`no token was made: ${response.status} ${await response.text()}`);
    await sleep(1_000 * Number(response.headers.get('Retry-After')));
  }
}

function upload(name: string, picture: Uint8Array): Sent {
  const headers: [string, string][] = [['Content-Type', 'application/octet-stream']];
  return { method: 'POST', path: `/custom-emoji/emojis?name=${name}`, headers, body: new Uint8Array(picture) };
}

/** Nobody is there. */
const TARGET = { name: 'chat', platform: 'mattermost', url: 'https://chat.example.com', secret: 'a-token-of-a-bot' };

function json(path: string, value: unknown): Sent {
  const body = new Uint8Array(new TextEncoder().encode(JSON.stringify(value)));
  return { method: 'POST', path, headers: [['Content-Type', 'application/json']], body };
}

async function ask(url: string, { method, path, headers, body }: Sent): Promise<Received> {
  // A task may be waited for as long as its request says.
  const wait = Number(new URL(url + path).searchParams.get('wait'));
  const signal = AbortSignal.timeout(MOST_MS + Math.ceil(1_000 * Math.min(30, wait || 0)));
  const response = await fetch(url + path, { method, headers, body, redirect: 'manual', signal });
  const { status, headers: answered } = response;
  return { status, headers: answered, body: await read(response) };
}

/** The body of an answer; of a stream, which may never end, the first piece. */
async function read(response: Response): Promise<Uint8Array> {
  if (!response.headers.get('Content-Type')?.startsWith('text/event-stream')) return response.bytes();
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return first?.value ?? new Uint8Array();
}

function learn(memory: Memory, received: Received): void {
  const { headers } = received;
  for (const name of ['ETag', 'Location']) {
    const value = headers.get(name);
    if (value !== null) memory.learn(value, name);
  }
  if (headers.get('Content-Type')?.startsWith('application/json')) memory.learn(JSON.parse(textOf(received)));
}

function countAnswer(answers: Outcome['answers'], operation: string, received: Received): void {
  const answer = `${received.status} ${codeOf(received)}`.trim();
  const counts = answers.get(operation) ?? new Map<string, number>();
  answers.set(operation, counts.set(answer, (counts.get(answer) ?? 0) + 1));
}

/** Of a problem that can be read; empty of anything else. */
function codeOf(received: Received): string {
  const { headers, body } = received;
  const isProblem = headers.get('Content-Type') === 'application/problem+json' && body.length > 0;
  return isProblem ? JSON.parse(textOf(received)).code : '';
}
