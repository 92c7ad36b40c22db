import { Stop, said, type Wrangler } from '../wrangler.ts';

interface WhoAmI {
  loggedIn: boolean;
  accounts?: { id: string; name: string }[];
}

/**
 * Sees to it that wrangler is logged in, and knows which account is meant: it is not to ask in the middle.
 *
 * @param accountId that is chosen already
 * @throws Stop with what to do
 */
export async function checkAccount(wrangler: Wrangler, accountId: string | undefined): Promise<void> {
  const ran = await wrangler(['whoami', '--json']);
  const who = answerOf(ran.stdout);
  if (who === null) throw new Stop(`Who you are at Cloudflare cannot be found out.\n\n${said(ran)}`);
  if (!who.loggedIn) {
    throw new Stop(
      'wrangler is not logged in. Run `npx wrangler login`; where there is no browser, set CLOUDFLARE_API_TOKEN and ' +
        'CLOUDFLARE_ACCOUNT_ID.',
    );
  }
  const { accounts = [] } = who;
  if (accountId === undefined && accounts.length > 1) {
    const list = accounts.map(({ id, name }) => `  CLOUDFLARE_ACCOUNT_ID=${id}   ${name}`).join('\n');
    throw new Stop(`There are several accounts. Say which one by one of these before the command:\n${list}`);
  }
}

function answerOf(stdout: string): WhoAmI | null {
  try {
    return JSON.parse(stdout) as WhoAmI;
  } catch {
    return null;
  }
}
