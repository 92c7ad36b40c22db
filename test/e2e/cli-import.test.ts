import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { linesOf, start } from './cli-program.ts';
import { fetchEmoji, finished, fixture, upload } from './client.ts';
import { emptyState, startPrepared, watchServer } from './prepared.ts';
import type { Server } from './server.ts';

let state: string;
let server: Server;
/** Of the test that runs. */
let folder: string;
let folders = 0;

beforeAll(async () => {
  state = await emptyState();
  server = await startPrepared(state);
});

afterAll(async () => {
  await server?.stop();
  await rm(state, { recursive: true, force: true });
});

watchServer(() => server);

beforeEach(async () => {
  folder = path.join(state, `test ${++folders}`);
  await mkdir(path.join(folder, 'more'), { recursive: true });
});

const started = (...args: string[]) => start(args, { EMOJI_URL: server.url });
const emoji = (...args: string[]) => started(...args).ended;
const at = (file: string): string => path.join(folder, file);

async function idsOfImports(): Promise<string[]> {
  const { data } = (await (await fetch(`${server.url}/task-queue/tasks?kind=import`)).json()) as {
    data: { id: string }[];
  };
  return data.map(({ id }) => id);
}

describe('import', () => {
  it('tells of a folder what would happen, and then does it, as far as it can', async () => {
    await writeFile(at('fine.png'), await fixture('halves.png'));
    await writeFile(at('more/Also Fine.gif'), await fixture('moving-square.gif'));
    await writeFile(at('broken.png'), (await fixture('halves.png')).subarray(0, 30));
    const dry = await emoji('import', folder, '--dry-run', '--json');
    expect(dry.code).toBe(0);
    expect(linesOf(dry)).toMatchObject([
      { path: 'broken.png', outcome: 'planned', action: 'create', final_name: 'broken' },
      { path: 'fine.png', outcome: 'planned', action: 'create', final_name: 'fine' },
      { path: 'more/Also Fine.gif', outcome: 'planned', action: 'create', final_name: 'also_fine' },
    ]);
    await expect(fetchEmoji(server.url, 'fine')).rejects.toThrow('404');

    const { code, stdout, stderr } = await emoji('import', folder);
    expect(code).toBe(1);
    expect(stdout).toBe('done      :fine:  fine.png\ndone      :also_fine:  more/Also Fine.gif\n');
    expect(stderr).toMatch(/^failed {4}:broken: {2}broken\.png: PNG: .+\n2 done, 1 failed\n$/);
    expect((await fetchEmoji(server.url, 'also_fine')).length).toBeGreaterThan(0);
  });

  it('takes what was pulled, with pictures and words as they were', async () => {
    const words = ['--tag', 'party', '--alias', 'shape', '--category', 'Shapes'];
    const picture = await fixture('moving-square.gif');
    await start(['add', '-', '--name', 'round_trip', ...words], { EMOJI_URL: server.url }, picture).ended;
    const before = await fetchEmoji(server.url, 'round_trip');
    expect((await emoji('pull', at('all.zip'), '--tag', 'party')).code).toBe(0);
    expect((await emoji('rm', 'round_trip')).code).toBe(0);
    const imported = await emoji('import', at('all.zip'), '--json');
    expect(imported.code).toBe(0);
    expect(linesOf(imported)).toMatchObject([{ final_name: 'round_trip', outcome: 'done', error: null }]);
    expect(await fetchEmoji(server.url, 'shape')).toEqual(before);
    expect(linesOf(await emoji('list', '--tag', 'party', '--json'))).toMatchObject([
      { name: 'round_trip', aliases: ['shape'], tags: ['party'], category: 'Shapes' },
    ]);
  });

  it('does what is told about names in use; a name that is left out is no failure', async () => {
    await finished(server.url, await upload(server.url, 'in_use', await fixture('halves.png')));
    await writeFile(at('in_use.gif'), await fixture('moving-square.gif'));
    const outcomes = async (policy: string) => {
      const ended = await emoji('import', folder, '--on-conflict', policy, '--json');
      return [ended.code, ...linesOf(ended).map(({ outcome, final_name }) => `${outcome} ${final_name}`)];
    };
    expect(await outcomes('skip')).toEqual([0, expect.stringMatching(/^skipped /)]);
    expect(await outcomes('rename')).toEqual([0, 'done in_use_2']);
    expect(await outcomes('replace')).toEqual([0, 'done in_use']);
    expect(await fetchEmoji(server.url, 'in_use')).toEqual(await fetchEmoji(server.url, 'in_use_2'));
  });

  it('that is interrupted is followed when it is run again, and one that is over is begun anew', async () => {
    for (let i = 0; i < 40; i++) {
      await writeFile(at(`many_${i}.svg`), `${await fixture('quadrants.svg')}<!-- ${i} -->`);
    }
    const before = await idsOfImports();
    const running = started('import', folder);
    await expect.poll(async () => (await idsOfImports()).length).toBe(before.length + 1);
    running.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    const again = await emoji('import', folder, '--json');
    expect(again.stderr).toContain('It was sent before');
    expect(linesOf(again).map(({ outcome }) => outcome)).toEqual(Array(40).fill('done'));
    expect(await idsOfImports()).toHaveLength(before.length + 1);
    expect((await emoji('rm', 'many_7')).code).toBe(0);
    const anew = await emoji('import', folder, '--json');
    expect(linesOf(anew).filter(({ outcome }) => outcome !== 'skipped')).toMatchObject([
      { final_name: 'many_7', outcome: 'done' },
    ]);
  });

  it('makes nothing twice under other names, but with --again', async () => {
    await writeFile(at('once.gif'), await fixture('moving-square.gif'));
    const names = async (...args: string[]) =>
      linesOf(await emoji('import', folder, '--on-conflict', 'rename', '--json', ...args)).map(
        (item) => item.final_name,
      );
    expect(await names()).toEqual(['once']);
    expect(await names()).toEqual(['once']);
    expect(await names('--again')).toEqual(['once_2']);
  });

  it('says of what is no pack what it should be', async () => {
    await writeFile(at('pack.zip'), 'no pack');
    const { code, stderr } = await emoji('import', at('pack.zip'));
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^emoji: .*(archive|list).*\n$/m)]);
    expect(await emoji('import', at('nothing.zip'))).toMatchObject({ code: 1, stdout: '' });
  });
});
