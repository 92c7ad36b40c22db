import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countsOf, metricsText } from '../../src/application/task-metrics.ts';
import { recordOf } from '../../src/domain/task.ts';
import { readExposition } from '../support/prometheus.ts';
import { taskIn } from '../support/tasks.ts';

interface Panel {
  title: string;
  targets: { expr: string }[];
}

const { panels } = JSON.parse(readFileSync('docs/grafana.json', 'utf8')) as { panels: Panel[] };
const queries = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const));

/** What `/metrics` tells once a task has succeeded and another one failed. */
const ended = [taskIn('SUCCESS', 1_000), taskIn('FAILURE', 1_000)].map((task) => countsOf(recordOf(task)));
const counted = new Map(ended.flatMap((counts) => Object.entries(counts)));
const { families, samples } = readExposition(metricsText(counted));
const told = [...samples.keys()];

const namesIn = (expr: string): string[] => expr.match(/custom_emoji_\w+/g) ?? [];
const hasLabel = (name: string, label: string): boolean =>
  told.some((sample) => sample.startsWith(`${name}{`) && sample.includes(`${label}="`));

describe('the dashboard for Grafana', () => {
  it.each(queries)('%s: asks for what there is', (_, expr) => {
    const names = namesIn(expr);
    expect(names).not.toEqual([]);
    for (const name of names) {
      expect(told.some((sample) => sample === name || sample.startsWith(`${name}{`))).toBe(true);
    }
    for (const [, labels = ''] of expr.matchAll(/by \(([\w, ]+)\)/g)) {
      for (const label of labels.split(', '))
        expect(
          names.some((name) => hasLabel(name, label)),
          label,
        ).toBe(true);
    }
    for (const [, name = '', label = '', values = ''] of expr.matchAll(/(custom_emoji_\w+)\{(\w+)=~"([^"]+)"\}/g)) {
      for (const value of values.split('|')) expect(told).toContain(`${name}{${label}="${value}"}`);
    }
  });

  it('shows all that is told', () => {
    const shown = new Set(queries.flatMap(([, expr]) => namesIn(expr)).map((name) => name.replace(/_bucket$/, '')));
    expect([...shown].sort()).toEqual([...families.keys()].sort());
  });
});
