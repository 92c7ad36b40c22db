import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

interface Workflow {
  on: Record<string, { branches?: string[]; tags?: string[] } | null>;
  permissions: Record<string, string>;
  jobs: Record<string, { steps: Step[]; permissions?: unknown; environment?: string; 'timeout-minutes': number }>;
}

const FOLDER = '.github/workflows';
const workflows = readdirSync(FOLDER).map((name) => {
  const text = readFileSync(path.join(FOLDER, name), 'utf8');
  return { name, text, workflow: parse(text) as Workflow };
});

describe.each(workflows)('$name', ({ text, workflow: { permissions, jobs, on } }) => {
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('runs no code of others but what was looked at: each action is pinned to a commit', () => {
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  it('may read the repository, and nothing else', () => {
    expect(permissions).toEqual({ contents: 'read' });
    for (const job of Object.values(jobs)) expect(job.permissions).toBeUndefined();
    for (const { uses, with: inputs } of steps) {
      if (uses?.startsWith('actions/checkout@')) expect(inputs).toMatchObject({ 'persist-credentials': false });
    }
  });

  it('runs nothing that a request is written into', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });

  it('has secrets only where nobody else can start it', () => {
    if (!text.includes('secrets.')) return;
    expect(Object.keys(on).sort()).toEqual(['push', 'workflow_dispatch']);
    expect(Object.keys(on.push ?? {})).toEqual(['tags']);
    // Those of an environment, which may ask somebody first.
    for (const job of Object.values(jobs)) expect(job.environment).toBeDefined();
  });

  it('ends', () => {
    for (const job of Object.values(jobs)) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });
});
