import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { countsOf, metricsText } from '../src/application/task-metrics.ts';
import { attemptsUsedUp, notDelivered, SOURCE_MISSING, workerLost } from '../src/domain/failure.ts';
import { TASK_STATES } from '../src/domain/task.ts';
import { taskIn } from './support/tasks.ts';

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook_url: string };
}

const { groups } = parse(readFileSync('docs/alerts.yaml', 'utf8')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const guide = readFileSync('docs/operating.md', 'utf8');

/** What `/metrics` tells once a task has succeeded, and one has failed. */
const told = ['SUCCESS', 'FAILURE'] as const;
const text = metricsText(new Map(told.flatMap((state) => Object.entries(countsOf(taskIn(state, 1))))));
const series = new Set(text.split('\n').flatMap((line) => /^custom_emoji_\w+/.exec(line)?.[0] ?? []));

/** Those that are the service's, and not a picture's. */
const CODES = [SOURCE_MISSING, attemptsUsedUp('create', 5, ''), notDelivered('create'), workerLost('create', 5)].map(
  ({ code }) => code,
);

const valuesOf = (expr: string, label: string) =>
  [...expr.matchAll(new RegExp(`\\b${label}=~?"([^"]+)"`, 'g'))].flatMap(([, values = '']) => values.split('|'));

it('has rules', () => {
  expect(rules.length).toBeGreaterThan(5);
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
});

describe.each(rules)('the alert $alert', ({ alert, expr, labels, annotations }) => {
  it('asks for what /metrics tells', () => {
    const names = expr.match(/\bcustom_emoji_\w+/g) ?? [];
    expect(names.length > 0 || expr.startsWith('up{')).toBe(true);
    for (const name of names) expect(series).toContain(name);
    for (const state of valuesOf(expr, 'state')) expect(TASK_STATES).toContain(state);
    for (const code of valuesOf(expr, 'code')) expect(CODES).toContain(code);
  });

  it('is of one job only, and says how urgent it is', () => {
    const selectors = expr.match(/\b(up|custom_emoji_\w+)\{[^}]*\}/g) ?? [];
    expect(selectors.length).toBe(expr.match(/\b(up\{|custom_emoji_)/g)?.length);
    for (const selector of selectors) expect(selector).toContain('job="custom-emoji"');
    expect(['page', 'ticket']).toContain(labels.severity);
  });

  it('is explained in the guide, with its cause and what to do', () => {
    expect(annotations.runbook_url).toMatch(new RegExp(`docs/operating\\.md#${alert.toLowerCase()}$`));
    const section = guide.split(/^### /m).find((part) => part.startsWith(`${alert}\n`));
    expect(section).toMatch(/\*\*Cause/);
    expect(section).toMatch(/\*\*What to do/);
  });
});

it('explains no alert that there is not', () => {
  const explained = [...guide.matchAll(/^### (CustomEmoji\w+)$/gm)].map(([, name]) => name);
  expect(explained).toEqual(rules.map(({ alert }) => alert));
});
