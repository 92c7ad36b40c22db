const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/** What `wrangler dev` is to be started with. */
interface Additions {
  args: string[];
  env: Record<string, string>;
}

/**
 * Programs on this machine need no token, unless an `ADMIN_TOKEN` is set (in `.dev.vars`). Those on others must not be
 * taken for them: not where the service listens to others, and not where a tunnel brings them here.
 *
 * @param args of `wrangler dev`
 * @returns what is to be added to them, and to its environment
 */
export function openToLoopback(args: string[]): Additions {
  const isShared = args.some((arg) => /^(--tunnel|--remote|-r$)/.test(arg));
  const ips = args.flatMap((arg, i) =>
    arg === '--ip' ? [args[i + 1] ?? ''] : arg.startsWith('--ip=') ? [arg.slice('--ip='.length)] : [],
  );
  if (isShared || !ips.every((ip) => LOOPBACK.includes(ip))) {
    // It shows and changes all that is stored, for whoever writes "Host: localhost".
    return { args: [], env: { X_LOCAL_EXPLORER: 'false' } };
  }
  // One of its keys opens a tunnel. The variable comes last: `--var` takes whatever follows it for another of its values.
  return { args: ['--show-interactive-dev-session=false', '--var', 'OPEN_TO_LOOPBACK:true'], env: {} };
}
