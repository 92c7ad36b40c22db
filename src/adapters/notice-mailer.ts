import type { Mailer } from '../application/notices/ports.ts';
import { isOneOf } from './access-people.ts';
import { isOpenToLoopback } from './settings.ts';

/** What `wrangler dev` writes into files goes nowhere. */
const LOCAL_SENDER = 'custom-emoji@localhost';

/** Writes from `MAIL_FROM` to the addresses of `MAIL_TO`, by the binding `EMAIL`; on somebody's own machine, to files. */
export function noticeMailer(env: Env): Mailer {
  const { EMAIL: binding, MAIL_FROM: sender, MAIL_TO: allowed } = env as Partial<Env>;
  const isLocal = isOpenToLoopback(env);
  const from = isLocal ? sender || LOCAL_SENDER : (sender ?? '');
  return {
    refusal(address) {
      if (binding === undefined) return `${NO_MAIL} It has no binding EMAIL: [[send_email]] in wrangler.toml is one.`;
      if (from === '') return `${NO_MAIL} The variable MAIL_FROM says from which address it is to.`;
      if (isLocal || isOneOf(allowed, address)) return null;
      return `This service sends no e-mail to "${address}". Whoever runs it says by MAIL_TO which addresses it may write to.`;
    },

    async send({ to, subject, text, html, picture }) {
      if (binding === undefined) throw new Error('there is no binding EMAIL');
      const attachments = picture && [
        {
          disposition: 'inline' as const,
          contentId: 'emoji',
          filename: 'emoji.gif',
          type: 'image/gif',
          content: picture,
        },
      ];
      await binding.send({ from, to, subject, text, html, ...(attachments && { attachments }) });
    },
  };
}

const NO_MAIL = 'This service sends no e-mail.';
