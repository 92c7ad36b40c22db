import { expect, it } from 'vitest';
import { openToLoopback } from '../../src/cli/open-to-loopback.ts';

const isOpen = (command: string) => openToLoopback(command.split(' ')).args.includes('OPEN_TO_LOOPBACK:true');

it.each(['', '--port 9000', '--ip localhost', '--ip=127.0.0.1', '--ip ::1 --port 1'])('is open: %s', (command) => {
  expect(isOpen(command)).toBe(true);
});

it.each([
  '--ip 0.0.0.0',
  '--ip=::',
  '--ip *',
  '--ip',
  '--ip localhost --ip 192.168.0.7',
  '--tunnel',
  '--tunnel=true --tunnel-name emoji',
  '--remote',
  '-r',
])('is closed where others can get to it: %s', (command) => {
  expect(isOpen(command)).toBe(false);
});

it('has no key that opens a tunnel while it is open', () => {
  expect(openToLoopback([]).args).toContain('--show-interactive-dev-session=false');
});
