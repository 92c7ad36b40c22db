import type { z } from '@hono/zod-openapi';
import { HttpError } from './problems.ts';

/** A body of 64 kB can break a rule 30,000 times. Nobody reads more than the first few. */
const MOST_ISSUES = 10;
const MOST_CHARACTERS = 300;

/** What to say of a request that breaks rules of its schema. */
export function invalidRequest({ issues }: z.core.$ZodError): HttpError {
  const errors = issues.slice(0, MOST_ISSUES).map(({ path, message }) => ({
    field: shortened(path.join('.')),
    message: shortened(message),
  }));
  // What is wrong with all of it has no field.
  const listed = errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
  const more = issues.length > MOST_ISSUES ? `; and ${(issues.length - MOST_ISSUES).toLocaleString('en')} more` : '';
  return new HttpError('invalid_request', `The request breaks a rule. ${listed}${more}.`, errors);
}

function shortened(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
