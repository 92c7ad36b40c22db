const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/**
 * Programs on this machine need no token, unless an `ADMIN_TOKEN` is set (in `.dev.vars`). Those on others must not be
 * taken for them: not where the service listens to others, and not where a tunnel brings them here.
 *
 * @param args of `wrangler dev`
 * @returns what is to be added to them
 */
export function openToLoopback(args: string[]): string[] {
  const isShared = args.some((arg) => /^(--tunnel|--remote|-r$)/.test(arg));
  const ips = args.flatMap((arg, i) =>
    arg === '--ip' ? [args[i + 1] ?? ''] : arg.startsWith('--ip=') ? [arg.slice('--ip='.length)] : [],
  );
  return !isShared && ips.every((ip) => LOOPBACK.includes(ip)) ? ['--var', 'OPEN_TO_LOOPBACK:true'] : [];
}
