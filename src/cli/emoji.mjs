#!/usr/bin/env node
// @ts-check
/**
 * The command-line client of the service. One file of plain JavaScript that needs nothing but Node.js 20, so that `npx` runs
 * it from the repository without a build, and it can be copied to wherever it is needed.
 */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { createWriteStream, openAsBlob, realpathSync } from 'node:fs';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HELP = `Usage: emoji COMMAND …

  add FILE|FOLDER|'GLOB'|- …   uploads pictures, and waits until they are emoji; - is a picture on standard input
      --name NAME              of the one picture; otherwise it is made from the name of its file
      --on-conflict WHAT       where another picture has the name: fail (unless told), skip, rename, replace
      --fit FIT                contain, cover or stretch
      --tag TAG, --alias NAME  can be repeated; what an emoji has already, it keeps
      --category TEXT
      --no-wait                ends when all are uploaded
      --jobs N                 so many at a time; 4 unless told
  list [SEARCH]                --tag TAG, --owner NAME, --animated, --no-animated
  get NAME                     saves the picture: -o FILE, or NAME.gif; -o - is standard output
  pull FILE                    saves all emoji as a pack; - is standard output
      --format FORMAT          custom-emoji (unless told), slack, discord, mastodon, misskey, matrix, pleroma,
                               mattermost, emojipacks; --tag, --owner and --animated as for list
  import PACK|FOLDER           --dry-run, --on-conflict skip (unless told), rename or replace, --fit, --no-wait;
                               --again where the same pack was cancelled, or imported with rename, within 24 hours
  publish NAME … --to TARGET   --as NAME, --replace, --no-wait
  rename NAME NEW
  rm NAME …                    they can be restored for 30 days, on the page or by the API
  status TASK                  --wait

For all:
  --url URL                    of the service, or EMOJI_URL; http://localhost:8787 unless told
  --token-file FILE            the token is in that file, or in EMOJI_TOKEN. There is no way to give it as an argument:
                               everybody on a machine can see those of all programs, and shells keep them
  --actor NAME                 for whom you ask; needs a token with emoji:admin
  --json                       an object a line for each item, on standard output
  --quiet                      tells of failures only
  --help

What was interrupted goes on where it was when the same command is run again: nothing is uploaded twice.

Exit codes:
  0    all is done
  1    some of it failed
  2    wrong use
  3    the service could not be reached
  4    not allowed: there is no token, or it may not do that
  130  interrupted
`;

const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3, notAllowed: 4, interrupted: 130 };

/**
 * @typedef {{ code: string, message: string, remedy: string }} Failure
 * @typedef {{ task_id: string, name: string, duplicates: string[] }} Accepted what the service says of an order
 * @typedef {{ id: string, status: string, emoji_name: string | null, error: Failure | null }} Task
 * @typedef {{ name: string, aliases: string[], tags: string[], category: string | null, etag: string, bytes: number, frames: number }} Emoji
 * @typedef {{ name: string, source: { hash: string | null } | null, rendering: { fit: string } | null }} Details
 * @typedef {{ [option: string]: any }} Options
 * @typedef {{ service: Service, report: Report, options: Options, args: string[] }} Run
 */

/** A command that is written wrong. */
class Usage extends Error {}

/** No answer is to be had, or none of the service. */
class Unreachable extends Error {}

/** Something that cannot be done, and why: what the service answered, or what is wrong with a file. */
class Refused extends Error {
  /** @param {Partial<Failure>} failure @param {number} status of the answer; 0 where there was none */
  constructor({ code = 'failed', message = '', remedy = '' }, status = 0) {
    super(message);
    /** @type {Failure} */
    this.failure = { code, message, remedy };
    this.status = status;
    /** Whether the same was sent before, and its answer was lost. */
    this.isRepeated = false;
  }
}

/** Whether everything else would go wrong too. @param {unknown} error */
function isForAll(error) {
  if (!(error instanceof Refused)) {
    return error instanceof Unreachable || (error instanceof Error && error.name === 'AbortError');
  }
  const { status, failure } = error;
  return status === 401 || [...NOT_SET_UP, 'not_allowed', 'actor_not_yours', 'cross_site'].includes(failure.code);
}

/** @param {unknown} error */
function isNotAllowed(error) {
  if (!(error instanceof Refused)) return false;
  return error.status === 401 || (error.status === 403 && error.failure.code !== 'quota_exceeded');
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

// ── What is told ────────────────────────────────────────────────────────────────────────────────────────────────────

const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;

/** Tells of items on standard output, of failures and progress on standard error. */
class Report {
  /** @param {{ json: boolean, quiet: boolean }} how */
  constructor({ json, quiet }) {
    this.json = json;
    this.quiet = quiet;
    this.isTerminal = process.stderr.isTTY === true;
    this.exit = EXIT.done;
    this.of = 0;
    this.done = 0;
    this.failed = 0;
    this.label = '';
    this.toldAt = this.isTerminal ? 0 : Date.now();
    this.hasBar = false;
    /** @type {Map<string, number>} */
    this.outcomes = new Map();
  }

  /** @param {number} of how many items there are */
  start(of) {
    this.of = of;
    this.done = 0;
  }

  /** Tells how far it is: a bar on a terminal, and now and then a line elsewhere. @param {string} [label] */
  progress(label) {
    if (label !== undefined) this.label = label;
    if (this.quiet || Date.now() - this.toldAt < (this.isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
    this.toldAt = Date.now();
    const failed = this.failed > 0 ? `, ${this.failed} failed` : '';
    const counts = this.of > 0 ? `${this.done} of ${this.of}${failed}` : '';
    const text = clean([counts, this.label].filter((part) => part !== '').join(' · '));
    if (!this.isTerminal) {
      process.stderr.write(`${text}\n`);
      return;
    }
    const full = this.of > 0 ? Math.round((20 * this.done) / this.of) : 0;
    const bar = this.of > 0 ? `[${'#'.repeat(full)}${'-'.repeat(20 - full)}] ` : '';
    const shown = Array.from(bar + text).slice(0, (process.stderr.columns ?? 80) - 1);
    process.stderr.write(`\r\x1b[2K${shown.join('')}`);
    this.hasBar = true;
  }

  /**
   * Tells of an item that has come to its end.
   *
   * @param {{ outcome: string, error: Failure | null, [field: string]: unknown }} item as it is told to programs
   * @param {string} line the same for people
   */
  item(item, line) {
    const { outcome, error } = item;
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    this.done++;
    const isFailed = outcome === 'failed';
    if (isFailed) {
      this.failed++;
      this.exit = Math.max(this.exit, EXIT.failed);
    }
    const text = `${outcome.padEnd(9)} ${line}${error ? `: ${sentence(error)}` : ''}`;
    if (this.json) this.print(JSON.stringify(item));
    else if (isFailed) this.say(text);
    else if (!this.quiet && outcome !== 'ignored') this.print(clean(text));
    this.progress();
  }

  /** A line on standard output. @param {string} line */
  print(line) {
    this.clear();
    process.stdout.write(`${line}\n`);
  }

  /** A line on standard error, whatever was asked for. @param {string} line */
  say(line) {
    this.clear();
    process.stderr.write(`${clean(line)}\n`);
  }

  /** A line on standard error that only helps. @param {string} line */
  note(line) {
    if (!this.quiet) this.say(line);
  }

  /** Says what became of all items, failures last. */
  sum() {
    if (this.of < 2) return this.clear();
    const sorted = [...this.outcomes].sort(([a], [b]) => Number(a === 'failed') - Number(b === 'failed'));
    this.note(sorted.map(([outcome, count]) => `${count} ${outcome}`).join(', '));
  }

  clear() {
    if (this.hasBar) process.stderr.write('\r\x1b[2K');
    this.hasBar = false;
  }
}

/** What others have written must not steer the terminal. @param {string} text */
function clean(text) {
  return text.replace(/\p{Cc}/gu, '?');
}

/** @param {Failure} failure */
function sentence({ message, remedy }) {
  return [message, remedy].filter((part) => part !== '').join(' ');
}

// ── The service ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** How often a request is sent until it is given up: of a service that has never answered, and of one that has. */
const MOST_TRIES = { never: 4, before: 8 };
/** How often it is sent again because the service asks for that. */
const MOST_WAITS = 60;
const PATIENCE_MS = 60_000;
const END_STATES = ['SUCCESS', 'FAILURE', 'REVOKED'];
/** Refusals that pass: what broke off, or is still being carried out. */
const PASSING = ['upload_interrupted', 'upload_stalled', 'idempotency_key_in_use', 'emoji_not_ready'];
/** Answers of a service that is not fit to be used yet, which trying again does not help. */
const NOT_SET_UP = ['not_set_up', 'database_not_migrated'];

/**
 * @typedef {object} Sending
 * @property {string} [method]
 * @property {Record<string, string>} [headers]
 * @property {() => BodyInit} [body] made for each time that it is sent
 * @property {'follow' | 'manual'} [redirect]
 * @property {number} [patience] milliseconds that an answer may take; as long as something moves, unless told
 */

class Service {
  /**
   * @param {URL} url
   * @param {Record<string, string>} headers
   * @param {AbortSignal} signal ends all that is under way
   * @param {(text: string) => void} tell what is being waited for
   */
  constructor(url, headers, signal, tell) {
    this.url = url;
    this.headers = headers;
    this.signal = signal;
    this.tell = tell;
    this.hasAnswered = false;
    this.pausedUntil = 0;
  }

  /**
   * Sends a request, and again with growing pauses where that can help.
   *
   * @template T
   * @param {string} address
   * @param {Sending} sending
   * @param {(response: Response) => Promise<T>} read of an answer that is no refusal; also tried again when it breaks off
   * @returns {Promise<T>}
   * @throws {Refused | Unreachable}
   */
  async send(address, { method = 'GET', headers = {}, body, redirect, patience }, read) {
    const url = new URL(address, this.url);
    for (let tries = 1, waits = 0; ; ) {
      await this.#pause();
      const limits = patience === undefined ? [] : [AbortSignal.timeout(patience)];
      /** @type {RequestInit & { duplex: 'half' }} */
      const init = {
        method,
        headers: { ...this.headers, ...headers },
        // What follows a redirection of a change is no change any more.
        redirect: redirect ?? (method === 'GET' ? 'follow' : 'manual'),
        duplex: 'half',
        signal: AbortSignal.any([this.signal, ...limits]),
      };
      if (body) init.body = body();
      /** @type {Refused | Unreachable} */
      let fault;
      /** @type {Response | null} */
      let response = null;
      try {
        response = await fetch(url, init);
        this.hasAnswered = true;
        if (response.ok || (redirect === 'manual' && response.status < 400)) return await read(response);
        if (response.status < 400) throw elsewhere(response);
        fault = await refusalOf(response);
        if (fault instanceof Refused) fault.isRepeated = tries > 1;
      } catch (error) {
        this.signal.throwIfAborted();
        // What fetch and its streams throw; all else is none of the network.
        if (!(error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError')))
          throw error;
        fault = new Unreachable(`${url.origin} does not answer: ${reasonOf(error)}.`);
      }
      if (response?.status === 429 && waits++ < MOST_WAITS) {
        this.#hold(response, fault);
        continue;
      }
      const isPassing = fault instanceof Unreachable || fault.status >= 500 || PASSING.includes(fault.failure.code);
      if (isPassing && tries < (this.hasAnswered ? MOST_TRIES.before : MOST_TRIES.never)) {
        await this.sleep(backOff(tries++));
        continue;
      }
      throw fault;
    }
  }

  /**
   * @param {string} address
   * @param {Sending} [sending]
   * @returns {Promise<any>}
   */
  json(address, sending = {}) {
    return this.send(address, { patience: PATIENCE_MS, ...sending }, (response) => jsonOf(response));
  }

  /** All of a list, page by page. @param {string} address @param {Options} query */
  async *pages(address, query) {
    /** @type {string | null} */
    let cursor = null;
    do {
      const { data, next_cursor } = await this.json(`${address}${queryOf({ ...query, limit: 100, cursor })}`);
      yield* data;
      cursor = next_cursor;
    } while (cursor !== null);
  }

  /** @param {string} id @param {number} [wait] seconds, for its end @returns {Promise<Task>} */
  task(id, wait) {
    return this.json(`/task-queue/status${queryOf({ task_id: id, wait })}`);
  }

  /**
   * Follows a task to its end.
   *
   * @param {string} id
   * @param {() => Promise<void>} [look] called while it lasts
   * @returns {Promise<Task>}
   */
  async follow(id, look) {
    for (;;) {
      const task = await this.task(id, look ? 2 : 20);
      await look?.();
      if (END_STATES.includes(task.status)) return task;
    }
  }

  /** @param {number} milliseconds */
  async sleep(milliseconds) {
    await sleep(milliseconds, undefined, { signal: this.signal });
  }

  /** All requests wait: what one was refused for, the others would be. @param {Response} response @param {Error} fault */
  #hold(response, fault) {
    const seconds = Number(response.headers.get('Retry-After')) || 5;
    // Not all at the same moment.
    this.pausedUntil = Math.max(this.pausedUntil, Date.now() + seconds * 1_000 * (1 + Math.random() / 10));
    this.tell(`waiting ${seconds} s: ${fault.message}`);
  }

  async #pause() {
    // It may be made longer meanwhile.
    while (this.pausedUntil > Date.now()) await this.sleep(this.pausedUntil - Date.now());
  }
}

/** Half a second, doubled each time up to 8 s; somewhere between half of it and all. @param {number} tries */
function backOff(tries) {
  return Math.min(8_000, 500 * 2 ** (tries - 1)) * (0.5 + Math.random() / 2);
}

/** @param {Response} response @returns {Promise<Refused | Unreachable>} */
async function refusalOf(response) {
  const { status, url } = response;
  const text = await response.text();
  /** @type {{ code?: string, detail?: string }} */
  let problem = {};
  try {
    problem = JSON.parse(text);
  } catch {}
  const { code = `http_${status}`, detail = `${url} answered ${status} ${response.statusText}.` } = problem;
  // A gateway without a service behind it, or a service without its tables.
  if ([502, 503, 504].includes(status) && !NOT_SET_UP.includes(code)) return new Unreachable(detail);
  return new Refused({ code, message: detail }, NOT_SET_UP.includes(code) ? 0 : status);
}

/** @param {Response} response */
function elsewhere({ url, headers }) {
  return new Unreachable(
    `${url} is elsewhere: ${headers.get('Location')}. Give the --url of the service as it is there.`,
  );
}

/** @param {Response} response */
async function jsonOf(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Unreachable(`${response.url} does not answer as a custom-emoji service does. Is the --url right?`);
  }
}

/** @param {Error} error */
function reasonOf({ message, cause }) {
  const { code, message: why } = /** @type {{ code?: string, message?: string }} */ (cause ?? {});
  return code ?? (why || message);
}

/** `?…`, without what is undefined or null. @param {Options} values */
function queryOf(values) {
  const given = Object.entries(values).flatMap(([name, value]) => (value == null ? [] : [[name, `${value}`]]));
  return given.length > 0 ? `?${new URLSearchParams(given)}` : '';
}

/** @param {string} name */
const emojiAt = (name) => `/custom-emoji/emojis/${encodeURIComponent(name)}`;

/** @param {string} method @param {object} value @returns {Sending} */
const asJson = (method, value) => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: () => JSON.stringify(value),
});

/** An order that can be sent again: the same one has the same answer, for 24 hours. @param {unknown[]} what */
function keyOf(...what) {
  return { 'Idempotency-Key': createHash('sha256').update(JSON.stringify(what)).digest('hex') };
}

/** @param {Response} response */
async function acceptedOf(response) {
  const accepted = /** @type {Accepted} */ (await jsonOf(response));
  return { ...accepted, isReplay: response.headers.get('Idempotent-Replayed') === 'true' };
}

/** @param {Task} task @throws {Refused} unless it has succeeded */
function expectSuccess({ status, error }) {
  if (status === 'REVOKED') throw new Refused({ code: 'revoked', message: 'It was cancelled.' });
  if (error) throw new Refused(error);
}

/**
 * Does something for each item, several at a time, in their order. What goes wrong with one is told with it; what would
 * go wrong with all ends it.
 *
 * @template T
 * @param {Run} run
 * @param {T[]} items
 * @param {(item: T) => Promise<void>} work
 * @param {(item: T, error: Failure) => void} fail
 */
async function each({ report, options }, items, work, fail) {
  report.start(items.length);
  let next = 0;
  /** @type {unknown} */
  let end = null;
  const worker = async () => {
    while (end === null && next < items.length) {
      const item = /** @type {T} */ (items[next++]);
      try {
        await work(item);
      } catch (error) {
        if (isForAll(error)) {
          end ??= error;
          return;
        }
        fail(item, error instanceof Refused ? error.failure : new Refused({ message: messageOf(error) }).failure);
        if (isNotAllowed(error)) report.exit = EXIT.notAllowed;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs ?? 4, items.length) }, worker));
  if (end !== null) throw end;
  report.sum();
}

// ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const PICTURES = /\.(png|apng|jpe?g|jfif|gif|webp|avif|svg|tiff?|bmp|ico)$/i;
const STDIN = '-';

/**
 * The files of a folder and of those in it, without what is hidden, in the order of their names.
 *
 * @param {string} folder
 * @param {number} depth how many folders down
 * @returns {Promise<string[]>}
 */
async function walk(folder, depth = 100) {
  /** @type {string[]} */
  const files = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(depth > 1 ? await walk(file, depth - 1) : []));
    else if (entry.isFile() || (await stat(file).catch(() => null))?.isFile()) files.push(file);
  }
  return files;
}

/** What a pattern that the shell has left alone stands for: `*`, `?`, `[a-z]`, `{gif,png}`, and `**` for folders. */
/** @param {string} pattern @returns {Promise<string[]>} */
async function glob(pattern) {
  const parts = pattern.split('/');
  const fixed = parts.findIndex((part) => /[*?[{]/.test(part));
  if (fixed < 0) return [];
  const folder = parts.slice(0, fixed).join('/') || (pattern.startsWith('/') ? '/' : '.');
  const wanted = parts.slice(fixed);
  const rule = new RegExp(`^${globSource(wanted.join('/'))}$`, 'u');
  const depth = wanted.some((part) => part.includes('**')) ? 100 : wanted.length;
  const files = await walk(folder, depth).catch(() => []);
  return files.filter((file) => rule.test(path.relative(folder, file).split(path.sep).join('/')));
}

/** @param {string} pattern @returns {string} */
function globSource(pattern) {
  return pattern.replace(/\*\*\/|\*\*|[*?]|\[[^\]]+\]|\{[^}]*\}|[\\^$.|+()[\]{}]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 2 && token.startsWith('[')) return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    if (token.length > 1) return `(?:${token.slice(1, -1).split(',').map(globSource).join('|')})`;
    return `\\${token}`;
  });
}

/** The pictures that the arguments of `add` stand for; what stands for none is there itself. @param {string[]} args */
async function picturesOf(args) {
  /** @type {string[]} */
  const files = [];
  for (const arg of args) {
    const there = arg === STDIN ? null : await stat(arg).catch(() => null);
    const found = there?.isDirectory()
      ? (await walk(arg)).filter((file) => PICTURES.test(file))
      : there || arg === STDIN
        ? [arg]
        : await glob(arg);
    files.push(...(found.length > 0 ? found : [arg]));
  }
  return [...new Set(files)];
}

/** @param {string} file @returns {Promise<Blob>} */
async function blobOf(file) {
  if (file === STDIN) {
    const chunks = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    return new Blob(chunks);
  }
  const found = await stat(file).catch(() => null);
  if (found?.isFile()) return openAsBlob(file);
  const message = found ? 'There are no pictures in it.' : 'There is no such file.';
  throw new Refused({ code: found ? 'no_pictures' : 'no_such_file', message });
}

/** SHA-256 of what is in it. @param {Blob} blob */
async function hashOf(blob) {
  const hash = createHash('sha256');
  for await (const chunk of blob.stream()) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Saves an answer under a name that it gets only when it is whole.
 *
 * @param {Response} response
 * @param {string} file
 * @param {(bytes: number) => void} [tell] how many have come
 * @returns {Promise<number>} its bytes
 */
async function save({ body }, file, tell) {
  let bytes = 0;
  const counted = async function* () {
    for await (const chunk of body ?? []) {
      bytes += chunk.byteLength;
      tell?.(bytes);
      yield chunk;
    }
  };
  if (file === STDIN) {
    try {
      await pipeline(Readable.from(counted()), process.stdout, { end: false });
    } catch (error) {
      // Nothing of it can be taken back to begin again.
      if (bytes === 0 || !(error instanceof TypeError)) throw error;
      throw new Refused({ code: 'broken_off', message: `It broke off after ${bytes} bytes (${reasonOf(error)}).` });
    }
    return bytes;
  }
  if ((await stat(file).catch(() => null))?.isDirectory()) {
    const remedy = 'Name the file that it is to be saved as.';
    throw new Refused({ code: 'is_a_folder', message: `"${file}" is a folder.`, remedy });
  }
  const unfinished = `${file}.part-${process.pid}`;
  try {
    await pipeline(Readable.from(counted()), createWriteStream(unfinished));
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return bytes;
}

// ── Names ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const MAX_NAME_LENGTH = 64;
const NAME_CHARACTER = /^[\p{L}\p{M}\p{Nd}_+-]$/u;
const NAME_START = /^[\p{L}\p{Nd}]$/u;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/** @param {string} written */
const canonical = (written) => written.normalize('NFKC').toLowerCase().normalize('NFKC');

/**
 * A name for an emoji from that of its file, as the page for uploads proposes it: `Party Parrot (1).final.gif` is
 * `party_parrot_1_final`. Whether it is one, the service decides.
 *
 * @param {string} fileName
 */
export function suggestName(fileName) {
  const written = canonical(fileName.replace(/(?<=.)\.[^.]*$/s, '')).replace(/[\s.]+/gu, '_');
  const allowed = Array.from(written).filter((one) => NAME_CHARACTER.test(one) && !INVISIBLE.test(one));
  const start = allowed.findIndex((one) => NAME_START.test(one));
  const name = start < 0 ? '' : allowed.slice(start, start + MAX_NAME_LENGTH).join('');
  return name.replace(/_{2,}/g, '_').replace(/[_-]+$/, '') || 'emoji';
}

/** `parrot_2` after `parrot`, `parrot_3` after that. @param {string} name */
export function nextName(name) {
  const [, stem = name, number = '1'] = /^(.+)_(\d{1,6})$/su.exec(name) ?? [];
  const ending = `_${Number(number) + 1}`;
  return `${Array.from(stem)
    .slice(0, MAX_NAME_LENGTH - ending.length)
    .join('')}${ending}`;
}

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Failures of a task that another attempt may not have. */
const MAY_PASS = ['attempts_used_up', 'renderer_lost', 'not_delivered', 'source_missing'];

/** @param {Run} run */
async function add(run) {
  const { service, report, options, args } = run;
  const { name, alias = [], tag = [], category, wait } = options;
  const files = await picturesOf(args);
  if (name !== undefined && files.length > 1) throw new Usage('--name is for one picture.');
  if (alias.length > 0 && files.length > 1) throw new Usage('--alias is for one picture.');
  if (files.includes(STDIN) && name === undefined) throw new Usage('A picture on standard input needs --name.');
  const words = { tags: tag, aliases: alias, ...(category !== undefined && { category }) };
  const hasWords = tag.length + alias.length > 0 || category !== undefined;
  if (hasWords && !wait) throw new Usage('--tag, --alias and --category are set when the emoji is there: wait for it.');

  /** Files that are to have the same name come one after the other. @type {Map<string, { file: string, end: Promise<void> }>} */
  const before = new Map();
  const nameOf = (/** @type {string} */ file) => name ?? suggestName(path.basename(file));
  await each(
    run,
    files,
    async (file) => {
      const wanted = nameOf(file);
      const earlier = before.get(wanted);
      const { promise, resolve } = deferred();
      before.set(wanted, { file, end: promise });
      try {
        await earlier?.end;
        report.progress(file);
        if (earlier && options['on-conflict'] === 'replace') {
          const message = `It would have the same name as ${earlier.file}, ":${wanted}:".`;
          throw new Refused({ code: 'name_twice', message, remedy: 'Rename one of the files.' });
        }
        const picture = await blobOf(file);
        const made = await addOne(run, wanted, { picture, hash: await hashOf(picture) });
        const mayHaveWords = hasWords && made.outcome !== 'skipped';
        const isChanged = mayHaveWords && (await describe(service, made.name, words));
        if (isChanged && made.outcome === 'unchanged') made.outcome = 'updated';
        const url = new URL(emojiAt(made.name), service.url).href;
        report.item({ ...told(file, made), url, error: null }, `:${made.name}:  ${file}`);
      } finally {
        resolve();
      }
    },
    (file, error) => report.item({ ...told(file, { name: nameOf(file) }), url: null, error }, file),
  );
}

/** What programs are told of a file. @param {string} file @param {Partial<Added>} added */
function told(file, { name, outcome = 'failed', task_id, duplicates }) {
  return { file, name: name ?? null, outcome, task_id: task_id ?? null, duplicates: duplicates ?? [] };
}

function deferred() {
  let resolve = () => {};
  const promise = new Promise((/** @type {(value?: any) => void} */ end) => (resolve = end));
  return { promise, resolve };
}

/**
 * @typedef {{ picture: Blob, hash: string }} Picture
 * @typedef {{ name: string, outcome: string, task_id?: string, duplicates?: string[] }} Added
 */

/**
 * Has an emoji made of a picture, unless it is there.
 *
 * @param {Run} run
 * @param {string} wanted
 * @param {Picture} picture
 * @returns {Promise<Added>}
 */
async function addOne(run, wanted, picture) {
  const { service, options } = run;
  for (let name = wanted; ; name = nextName(name)) {
    const shown = await detailsOf(service, name);
    if (shown && isMadeOf(shown, picture, options.fit)) return { name: shown.name, outcome: 'unchanged' };
    const taken = `The name "${name}" is in use, by an emoji of another picture.`;
    let fault = new Refused({ code: 'name_taken', message: taken, remedy: '--on-conflict says what to do then.' });
    if (shown === null) {
      try {
        return { ...(await order(run, 'POST', name, picture)), outcome: options.wait ? 'created' : 'sent' };
      } catch (error) {
        // Its first picture is on its way.
        if (!(error instanceof Refused) || error.failure.code !== 'name_taken') throw error;
        fault = error;
      }
    }
    const policy = options['on-conflict'];
    if (policy === 'skip') return { name, outcome: 'skipped' };
    if (policy === 'replace') {
      return { ...(await order(run, 'PUT', name, picture)), outcome: options.wait ? 'replaced' : 'sent' };
    }
    if (policy !== 'rename') throw fault;
  }
}

/**
 * Sends a picture, unless that was done before, and waits for the emoji.
 *
 * @param {Run} run
 * @param {'POST' | 'PUT'} method
 * @param {string} name
 * @param {Picture} picture
 * @returns {Promise<Accepted>}
 */
async function order({ service, options }, method, name, { picture, hash }) {
  const { fit, wait } = options;
  const address =
    method === 'PUT' ? `${emojiAt(name)}/image${queryOf({ fit })}` : `/custom-emoji/emojis${queryOf({ name, fit })}`;
  for (let spent = ''; ; ) {
    const headers = { 'Content-Type': 'application/octet-stream', ...keyOf(method, name, hash, fit ?? null, spent) };
    const accepted = await service.send(address, { method, headers, body: () => picture }, acceptedOf);
    if (!wait && !accepted.isReplay) return accepted;
    const task = await (wait ? service.follow(accepted.task_id) : service.task(accepted.task_id));
    if (!END_STATES.includes(task.status)) return accepted;
    // An order of before, of which nothing is left: it was cancelled or deleted, or another one came after it.
    const isSpent =
      accepted.isReplay &&
      (task.status === 'SUCCESS'
        ? !isMadeOf(await detailsOf(service, accepted.name), { picture, hash }, fit)
        : task.error === null || MAY_PASS.includes(task.error.code));
    if (!isSpent) {
      expectSuccess(task);
      return accepted;
    }
    spent = accepted.task_id;
  }
}

/**
 * What is known of the emoji that has a name now, if it may be known.
 *
 * @param {Service} service
 * @param {string} name
 * @returns {Promise<Details | null>} null also where it had the name before
 */
async function detailsOf(service, name) {
  try {
    const sending = /** @type {const} */ ({ redirect: 'manual', patience: PATIENCE_MS });
    return await service.send(`${emojiAt(name)}/info`, sending, (answer) =>
      answer.ok ? jsonOf(answer) : none(answer),
    );
  } catch (error) {
    if (error instanceof Refused && [401, 403, 404].includes(error.status)) return null;
    throw error;
  }
}

/** @param {Response} response */
async function none(response) {
  await response.body?.cancel();
  return null;
}

/** @param {Details | null} details @param {Picture} picture @param {string | undefined} fit */
function isMadeOf(details, { hash }, fit) {
  return details?.source?.hash === hash && (fit === undefined || details.rendering?.fit === fit);
}

/**
 * Adds words to an emoji, by the state of it that was seen.
 *
 * @param {Service} service
 * @param {string} name
 * @param {{ tags: string[], aliases: string[], category?: string }} words
 * @returns {Promise<boolean>} whether there were any that it did not have
 */
async function describe(service, name, { tags, aliases, category }) {
  return change(service, name, (emoji) => {
    /** @param {string[]} has @param {string[]} more */
    const joined = (has, more) => [
      ...new Set([...has, ...more.map((word) => canonical(word.replace(/^[\s:]+|[\s:]+$/g, '')))]),
    ];
    const wanted = {
      tags: joined(emoji.tags, tags),
      aliases: joined(emoji.aliases, aliases),
      category: category ?? emoji.category,
    };
    const isThere =
      wanted.tags.length === emoji.tags.length &&
      wanted.aliases.length === emoji.aliases.length &&
      wanted.category === emoji.category;
    return isThere ? null : wanted;
  });
}

/**
 * Changes an emoji, and looks at it again where somebody else was faster.
 *
 * @param {Service} service
 * @param {string} name
 * @param {(emoji: Emoji) => object | null} patchOf null where nothing is to be changed
 * @returns {Promise<boolean>} whether something was
 */
async function change(service, name, patchOf) {
  for (let tries = 1; ; tries++) {
    const { found } = await service.json('/custom-emoji/emojis:batchGet', asJson('POST', { names: [name] }));
    /** @type {Emoji | undefined} */
    const emoji = Object.values(found)[0];
    if (!emoji) throw notFound(name);
    const patch = patchOf(emoji);
    if (patch === null) return false;
    const { headers, ...sending } = asJson('PATCH', patch);
    try {
      await service.json(emojiAt(name), { ...sending, headers: { ...headers, 'If-Match': emoji.etag } });
      return true;
    } catch (error) {
      if (!(error instanceof Refused) || error.failure.code !== 'emoji_changed' || tries === 5) throw error;
    }
  }
}

/** @param {string} name */
function notFound(name) {
  return new Refused({ code: 'emoji_not_found', message: `There is no emoji called "${name}".` }, 404);
}

/** @param {Options} options */
function filterOf({ tag = [], owner, animated }) {
  if (tag.length > 1) throw new Usage('Give one --tag to filter by.');
  return { tag: tag[0], owner, animated };
}

/** @param {Run} run */
async function list({ service, report, options, args }) {
  const query = { ...filterOf(options), q: args[0], image_data: false };
  for await (const emoji of service.pages('/custom-emoji/emojis', query)) {
    if (report.json) report.print(JSON.stringify(emoji));
    else {
      const { name, aliases, tags, bytes, frames } = /** @type {Emoji} */ (emoji);
      const words = [...aliases.map((alias) => `:${alias}:`), ...tags.map((tag) => `#${tag}`)].join(' ');
      const size = `${frames > 1 ? `${frames} frames, ` : ''}${bytes} bytes`;
      report.print(clean([`:${name}:`, size, words].filter((part) => part !== '').join('  ')));
    }
  }
}

/** @param {Run} run */
async function get({ service, report, options, args: [name = ''] }) {
  const file = options.output ?? (/[@.]/.test(name) ? name : `${name}.gif`);
  const bytes = await service.send(emojiAt(name), {}, (response) => save(response, file));
  if (file !== STDIN) report.item({ ...saved(file, bytes), name }, `:${name}:  ${file}`);
}

/** @param {string} file @param {number} bytes */
function saved(file, bytes) {
  return { file, bytes, outcome: 'saved', error: null };
}

/** @param {Run} run */
async function pull({ service, report, options, args: [file = ''] }) {
  const format = options.format ?? 'custom-emoji';
  const address = `/custom-emoji/packs/${encodeURIComponent(format)}${queryOf(filterOf(options))}`;
  const bytes = await service.send(address, {}, (response) =>
    save(response, file, (come) => report.progress(`${(come / 1e6).toFixed(1)} MB`)),
  );
  if (file !== STDIN) report.item({ ...saved(file, bytes), format }, `${file}  ${bytes} bytes`);
}

/** @param {Run} run */
async function importPack({ service, report, options, args: [source = ''] }) {
  const { fit, wait, again } = options;
  const isDry = options['dry-run'] === true;
  const found = await stat(source).catch(() => null);
  if (found === null) throw new Refused({ code: 'no_such_file', message: `There is no "${source}".` });
  const parts = found.isDirectory() ? await partsOf(source) : null;
  const pack = parts === null ? await openAsBlob(source) : null;
  const query = queryOf({ on_conflict: options['on-conflict'], dry_run: isDry, fit });
  const key = isDry || again ? crypto.randomUUID() : pack ? await hashOf(pack) : await hashOfParts(parts ?? []);
  report.progress(`sending ${source}`);
  /** @param {unknown} key */
  const send = (key) =>
    service.send(
      `/custom-emoji/imports${query}`,
      {
        method: 'POST',
        headers: { ...(pack && { 'Content-Type': 'application/octet-stream' }), ...keyOf('import', key, query) },
        body: () => pack ?? formOf(parts ?? []),
      },
      acceptedOf,
    );
  let accepted = await send(key);
  // What one of before has made may be gone by now. With rename, another one would make all of it twice.
  const isSpent =
    accepted.isReplay &&
    options['on-conflict'] !== 'rename' &&
    (await service.task(accepted.task_id)).status === 'SUCCESS';
  if (isSpent) accepted = await send(crypto.randomUUID());
  const id = accepted.task_id;
  if (!wait) return report.item({ ...told(source, accepted), outcome: 'sent', error: null }, `${source}  ${id}`);
  if (accepted.isReplay)
    report.note(`It was sent before, as ${id}: this is what becomes of it. --again imports it anew.`);
  const at = `/custom-emoji/imports/${id}`;
  const task = await service.follow(id, async () => {
    const { counts } = await service.json(at);
    report.of = counts.total ?? 0;
    report.done = ['succeeded', 'failed', 'skipped', 'ignored'].reduce((sum, name) => sum + (counts[name] ?? 0), 0);
    report.progress(source);
  });
  expectSuccess(task);
  report.start(report.of);
  for await (const item of service.pages(`${at}/items`, {})) {
    const { path: from, name, final_name, action, outcome, left_out } = item;
    const called = final_name ?? name;
    const line = [
      called && `:${called}:`,
      from,
      ...(left_out ?? []).map((/** @type {string} */ what) => `without ${what}`),
    ];
    report.item(item, [...(outcome === 'planned' ? [action.padEnd(7)] : []), ...line].filter(Boolean).join('  '));
  }
  report.sum();
}

/** @typedef {{ name: string, blob: Blob }} Part */

/** @param {string} folder @returns {Promise<Part[]>} */
async function partsOf(folder) {
  /** @type {Part[]} */
  const parts = [];
  for (const file of await walk(folder)) {
    parts.push({ name: path.relative(folder, file).split(path.sep).join('/'), blob: await openAsBlob(file) });
  }
  if (parts.length === 0) throw new Refused({ code: 'no_files', message: `There are no files in "${folder}".` });
  return parts;
}

/** @param {Part[]} parts */
function formOf(parts) {
  const form = new FormData();
  for (const { name, blob } of parts) form.append('file', blob, name);
  return form;
}

/** @param {Part[]} parts */
async function hashOfParts(parts) {
  const hashes = [];
  for (const { name, blob } of parts) hashes.push([name, await hashOf(blob)]);
  return hashes;
}

/** @param {Run} run */
async function publish(run) {
  const { service, report, options, args } = run;
  const { to: target, as, replace, wait } = options;
  if (target === undefined) throw new Usage('Say where to: --to TARGET.');
  if (as !== undefined && args.length > 1) throw new Usage('--as is for one emoji.');
  await each(
    run,
    args,
    async (name) => {
      report.progress(name);
      const order = { target, ...(as !== undefined && { name: as }), ...(replace && { replace }) };
      const { headers, ...sending } = asJson('POST', order);
      const { task_id } = await service.json(`${emojiAt(name)}/publications`, {
        ...sending,
        headers: { ...headers, ...keyOf('publish', crypto.randomUUID()) },
      });
      if (wait) expectSuccess(await service.follow(task_id));
      // What the platform has.
      const published = wait ? (await service.json(`/task-queue/tasks/${task_id}`)).outcome : null;
      const outcome = !wait ? 'sent' : published?.change === 'none' ? 'unchanged' : 'published';
      const there = published?.name ? ` as :${published.name}:` : '';
      report.item({ name, target, outcome, task_id, published, error: null }, `:${name}:  ${target}${there}`);
    },
    (name, error) =>
      report.item({ name, target, outcome: 'failed', task_id: null, published: null, error }, `:${name}:  ${target}`),
  );
}

/** @param {Run} run */
async function renameEmoji({ service, report, args: [former = '', name = ''] }) {
  const isChanged = await change(service, former, (emoji) => (emoji.name === name ? null : { name }));
  const outcome = isChanged ? 'renamed' : 'unchanged';
  report.item({ name, former_name: former, outcome, error: null }, `:${former}:  :${name}:`);
}

/** @param {Run} run */
async function remove(run) {
  const { service, report, args } = run;
  await each(
    run,
    args,
    async (name) => {
      const { restore_until } = await service.json(emojiAt(name), { method: 'DELETE' }).catch((error) => {
        if (error instanceof Refused && error.isRepeated && error.status === 404) return { restore_until: null };
        throw error;
      });
      report.item(
        { name, outcome: 'deleted', restore_until, error: null },
        `:${name}:${restore_until === null ? '' : `  until ${restore_until}`}`,
      );
    },
    (name, error) => report.item({ name, outcome: 'failed', restore_until: null, error }, `:${name}:`),
  );
}

/** @param {Run} run */
async function status({ service, report, options, args: [id = ''] }) {
  const task = await (options.wait ? service.follow(id) : service.task(id));
  const { status: state, emoji_name, error } = task;
  if (report.json) report.print(JSON.stringify(task));
  else
    report.print(clean([state, emoji_name && `:${emoji_name}:`, error && sentence(error)].filter(Boolean).join('  ')));
  if (['FAILURE', 'REVOKED'].includes(state)) report.exit = EXIT.failed;
}

// ── The command line ────────────────────────────────────────────────────────────────────────────────────────────────

/** @type {Record<string, import('node:util').ParseArgsOptionDescriptor>} */
const OPTIONS = {
  url: { type: 'string' },
  'token-file': { type: 'string' },
  token: { type: 'string' },
  actor: { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean', short: 'q' },
  help: { type: 'boolean', short: 'h' },
  name: { type: 'string' },
  'on-conflict': { type: 'string' },
  fit: { type: 'string' },
  tag: { type: 'string', multiple: true },
  alias: { type: 'string', multiple: true },
  category: { type: 'string' },
  wait: { type: 'boolean' },
  'no-wait': { type: 'boolean' },
  jobs: { type: 'string' },
  owner: { type: 'string' },
  animated: { type: 'boolean' },
  'no-animated': { type: 'boolean' },
  output: { type: 'string', short: 'o' },
  format: { type: 'string' },
  'dry-run': { type: 'boolean' },
  again: { type: 'boolean' },
  to: { type: 'string' },
  as: { type: 'string' },
  replace: { type: 'boolean' },
};

const COMMON = ['url', 'token-file', 'token', 'actor', 'json', 'quiet', 'help'];

/** @typedef {{ run: (run: Run) => Promise<void>, options: string[], args: [number, number], conflicts?: string[] }} Command */

/** What each takes: its options, and how many arguments. @type {Record<string, Command>} */
const COMMANDS = {
  add: {
    run: add,
    options: ['name', 'on-conflict', 'fit', 'tag', 'alias', 'category', 'no-wait', 'jobs'],
    args: [1, Infinity],
    conflicts: ['fail', 'skip', 'rename', 'replace'],
  },
  list: { run: list, options: ['tag', 'owner', 'animated', 'no-animated'], args: [0, 1] },
  get: { run: get, options: ['output'], args: [1, 1] },
  pull: { run: pull, options: ['format', 'tag', 'owner', 'animated', 'no-animated'], args: [1, 1] },
  import: {
    run: importPack,
    options: ['dry-run', 'on-conflict', 'fit', 'no-wait', 'again'],
    args: [1, 1],
    conflicts: ['skip', 'rename', 'replace'],
  },
  publish: { run: publish, options: ['to', 'as', 'replace', 'no-wait', 'jobs'], args: [1, Infinity] },
  rename: { run: renameEmoji, options: [], args: [2, 2] },
  rm: { run: remove, options: ['jobs'], args: [1, Infinity] },
  status: { run: status, options: ['wait'], args: [1, 1] },
};

/**
 * @param {string[]} argv
 * @returns {{ command: Command, options: Options, args: string[] } | null} null where help is asked for
 * @throws {Usage}
 */
function read(argv) {
  const { values, positionals } = parseArgs({ args: argv, options: OPTIONS, strict: false });
  const [word] = positionals;
  // No file that a shell has put in place of `*` asks for help: `-dash.gif` has an "h" in it.
  const end = argv.indexOf('--');
  const isHelp = (/** @type {string} */ arg) => arg === '-h' || arg === '--help';
  if (word === 'help' || argv.slice(0, end < 0 ? argv.length : end).some(isHelp)) return null;
  if (values.token !== undefined) {
    throw new Usage(
      'A token is not for the command line: everybody on this machine can see it there, and the shell keeps it. Put it ' +
        'into EMOJI_TOKEN, or into a file for --token-file; and revoke this one if others use the machine.',
    );
  }
  if (word === undefined) throw new Usage('Say what to do.');
  const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined;
  if (command === undefined) throw new Usage(`There is no command "${word}".`);
  const known = Object.fromEntries([...COMMON, ...command.options].map((name) => [name, OPTIONS[name] ?? {}]));
  const { args, options } = parse(argv, /** @type {typeof OPTIONS} */ (known));
  const [least, most] = command.args;
  if (args.length < least || args.length > most) {
    const range = least === most ? least : most === Infinity ? `${least} or more` : `${least} to ${most}`;
    throw new Usage(`"${word}" takes ${range} of what it is for; there are ${args.length}.`);
  }
  if (options.help) return null;
  return { command, args, options: checked(options, command) };
}

/** @param {string[]} argv @param {typeof OPTIONS} known @returns {{ args: string[], options: Options }} */
function parse(argv, known) {
  try {
    const { values, positionals } = parseArgs({ args: argv, options: known, allowPositionals: true });
    return { args: positionals.slice(1), options: values };
  } catch (error) {
    // What else it says of an option that it does not know is of no use here.
    const said = messageOf(error)
      .replace(/\n/g, ' ')
      .replace(/^(Unknown option '[^']*').*/, '$1')
      .replace(/\.?$/, '.');
    const [, option] = /^Unknown option '(-[^-])'/.exec(said) ?? [];
    const file = argv.find((arg) => /^-[^-]./.test(arg));
    throw new Usage(option && file ? `${said} If "${file}" is a file, write "./${file}".` : said);
  }
}

/** @param {Options} options @param {Command} command @returns {Options} */
function checked(options, command) {
  const { fit, jobs } = options;
  const conflict = options['on-conflict'];
  if (conflict !== undefined && !command.conflicts?.includes(conflict)) {
    throw new Usage(`--on-conflict is one of ${command.conflicts?.join(', ')}.`);
  }
  if (fit !== undefined && !['contain', 'cover', 'stretch'].includes(fit)) {
    throw new Usage('--fit is contain, cover or stretch.');
  }
  if (jobs !== undefined && !/^([1-9]|[1-4]\d|50)$/.test(jobs)) throw new Usage('--jobs is a number from 1 to 50.');
  // Only of a task that is asked about, nothing is awaited unless told.
  const wait = command === COMMANDS.status ? options.wait : !options['no-wait'];
  const animated = options['no-animated'] ? false : options.animated;
  return { ...options, wait, animated, ...(jobs !== undefined && { jobs: Number(jobs) }) };
}

/** @param {Options} options @throws {Usage} */
function urlOf({ url = process.env.EMOJI_URL || 'http://localhost:8787' }) {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) {
    throw new Usage('The URL of the service is one such as https://emoji.example.org, without a user and a password.');
  }
  return parsed;
}

/** What every request says of who sends it. @param {Options} options @returns {Promise<Record<string, string>>} */
async function headersOf(options) {
  const { actor } = options;
  const file = options['token-file'];
  const text =
    file === undefined
      ? process.env.EMOJI_TOKEN
      : await readFile(file, 'utf8').catch((error) => {
          throw new Usage(`The token cannot be read: ${error.message}.`);
        });
  const token = text?.trim() ?? '';
  if ((file !== undefined && token === '') || !/^[\x21-\x7e]*$/.test(token)) {
    throw new Usage(`What is in ${file ?? 'EMOJI_TOKEN'} is no token.`);
  }
  if (actor !== undefined && !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(actor)) {
    throw new Usage('--actor is of printable ASCII characters.');
  }
  return {
    'User-Agent': 'custom-emoji-cli',
    ...(token && { Authorization: `Bearer ${token}` }),
    ...(actor && { 'X-Actor': actor }),
  };
}

/** @param {string[]} argv @returns {Promise<number>} the exit code */
async function main(argv) {
  let report = new Report({ json: false, quiet: false });
  const interrupting = new AbortController();
  // As many wait for it as there are jobs.
  setMaxListeners(0, interrupting.signal);
  const interrupt = () => {
    // Who asks twice does not want to wait for anything.
    if (interrupting.signal.aborted) process.exit(EXIT.interrupted);
    interrupting.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  // Whoever reads what is told has had enough.
  process.stdout.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code !== 'EPIPE') report.say(`emoji: ${error.message}`);
    process.exit(EXIT.failed);
  });
  try {
    const given = read(argv);
    if (given === null) {
      process.stdout.write(HELP);
      return EXIT.done;
    }
    const { command, options, args } = given;
    report = new Report({ json: options.json === true, quiet: options.quiet === true });
    const url = urlOf(options);
    const headers = await headersOf(options);
    const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
    if (headers.Authorization && url.protocol === 'http:' && !isLocal) {
      report.note('The token goes unencrypted: the URL of the service is not https.');
    }
    const service = new Service(url, headers, interrupting.signal, (text) => report.progress(text));
    await command.run({ service, report, options, args });
    return report.exit;
  } catch (error) {
    return failure(report, error, interrupting.signal.aborted);
  } finally {
    report.clear();
  }
}

/** Says why it has ended. @param {Report} report @param {unknown} error @param {boolean} isInterrupted */
function failure(report, error, isInterrupted) {
  const far = report.of > 1 ? ` ${report.done} of ${report.of} are done: run the same command again to go on.` : '';
  if (isInterrupted) {
    report.say(`emoji: interrupted.${far}`);
    return EXIT.interrupted;
  }
  if (error instanceof Usage) {
    report.say(`emoji: ${error.message} "emoji --help" tells more.`);
    return EXIT.usage;
  }
  if (error instanceof Unreachable) {
    report.say(`emoji: ${error.message} Is it running? --url or EMOJI_URL say where it is.${far}`);
    return EXIT.unreachable;
  }
  if (error instanceof Refused) {
    report.say(`emoji: ${sentence(error.failure)}`);
    if (NOT_SET_UP.includes(error.failure.code)) return EXIT.unreachable;
    return isNotAllowed(error) ? EXIT.notAllowed : EXIT.failed;
  }
  report.say(`emoji: ${messageOf(error)}`);
  return EXIT.failed;
}

// `npx` calls it by a link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await main(process.argv.slice(2));
}
