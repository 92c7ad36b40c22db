import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { discord } from './discord.ts';
import { mattermost } from './mattermost.ts';
import {
  Place,
  type PlaceSetup,
  type Platform,
  type PlatformName,
  type Received,
  type Reply,
  type Trouble,
} from './place.ts';
import { slack } from './slack.ts';
import { zulip } from './zulip.ts';

const PLATFORMS: Record<PlatformName, Platform> = { discord, mattermost, zulip, slack };

/** By what a request to each tells them apart: a host, a Discord server, or what is called an organisation by its token. */
const places = new Map<string, Place>();

/** Where tests set up places and look at them. */
const CONTROL = 'platforms.example.com';

/** @param keys what requests to it are known by, of which each will do */
export function setUpPlace(keys: string[], setup: PlaceSetup): Place {
  const place = new Place(setup);
  for (const key of keys) places.set(key, place);
  return place;
}

/** Answers for the servers of all platforms. @returns false for requests that are not for one of these */
export async function platforms(url: URL, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (url.hostname === CONTROL) {
    await control(url, request, response);
    return true;
  }
  const authorization = request.headers.authorization ?? '';
  const key = keyOf(url, authorization);
  const place = key === null ? undefined : places.get(key);
  if (place === undefined) return isRefused(url, response);
  const { method = '' } = request;
  const body = await buffer(request);
  const path = url.pathname.replace(/^\/api(\/v\d+)?/, '');
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  place.requests.push({ method, path, headers, at: Date.now() });
  const received = { method, path, authorization, contentType: request.headers['content-type'] ?? '', body };
  await answer(place, received, response);
  return true;
}

function keyOf({ hostname, host, pathname }: URL, authorization: string): string | null {
  if (hostname === 'slack.com') return authorization.replace(/^Bearer /, '');
  // The path of who it is has no server in it.
  if (hostname === 'discord.com') return /\/guilds\/(\d+)/.exec(pathname)?.[1] ?? authorization.replace(/^Bot /, '');
  return host;
}

/** What those two say to a token that nobody has. */
function isRefused({ hostname }: URL, response: ServerResponse): boolean {
  if (hostname === 'slack.com') send(response, slack.refusal('invalid_auth'));
  else if (hostname === 'discord.com') send(response, { status: 401, json: { message: '401: Unauthorized', code: 0 } });
  else return false;
  return true;
}

async function answer(place: Place, received: Received, response: ServerResponse): Promise<void> {
  const platform = PLATFORMS[place.setup.platform];
  const trouble = place.troubleOf(received.method, received.path);
  if (trouble === null) return send(response, await platform.answer(place, received));
  if (typeof trouble === 'object') {
    if ('rate' in trouble) return send(response, platform.limited(trouble.rate, trouble.global ?? false));
    return send(response, {
      status: trouble.status,
      file: Buffer.from(trouble.body ?? ''),
      headers: trouble.headers ?? {},
    });
  }
  if (trouble === 'answer lost' || trouble === 'done in silence') await platform.answer(place, received);
  if (trouble === 'reset' || trouble === 'answer lost') return void response.destroy();
  if (trouble === 'endless') return endlessly(response);
  if (trouble === 'echo') return send(response, platform.refusal(`no: ${received.authorization}`));
}

function send(response: ServerResponse, { status, json, file, headers }: Reply): void {
  const body = file ?? (json === undefined ? '' : JSON.stringify(json));
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);
}

function endlessly(response: ServerResponse): void {
  if (!response.destroyed) response.write(Buffer.alloc(64 * 1024, ' '), () => setTimeout(endlessly, 0, response));
}

/** `PUT /{key}` sets a place up, `POST` brings it trouble, `GET` tells what is there and what came. */
async function control({ pathname }: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const keys = decodeURIComponent(pathname.slice(1)).split(' ');
  const body = (await buffer(request)).toString();
  if (request.method === 'PUT') setUpPlace(keys, JSON.parse(body) as PlaceSetup);
  const place = places.get(keys[0] ?? '');
  if (place && request.method === 'POST') place.troubles = JSON.parse(body) as Trouble[];
  send(response, place ? { status: 200, json: place.view() } : { status: 404 });
}
