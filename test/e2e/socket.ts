import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** Null where the connection was closed without an answer. */
  status: number | null;
  text: string;
}

/**
 * Sends bytes as they are, which a client of HTTP would not, and reads until the other side is done.
 *
 * @param pieces in latin-1, one after the other
 * @throws Error when nothing is answered, and nothing closed, for 10 s
 */
export async function sendRaw(url: string, ...pieces: string[]): Promise<RawAnswer> {
  const socket = await open(url);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // What is written to a connection that was closed for what came before is of no interest.
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  for (const piece of pieces) socket.write(Buffer.from(piece, 'latin1'));
  const isHung = await Promise.race([
    closed.then(() => false),
    new Promise<boolean>((resolve) => setTimeout(resolve, 10_000, true).unref()),
  ]);
  socket.destroy();
  const text = Buffer.concat(chunks).toString('latin1');
  if (isHung)
    throw new Error(`the connection is open after 10 s, with ${text.length} bytes answered: ${text.slice(0, 200)}`);
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(text) ?? [];
  return { status: status === undefined ? null : Number(status), text };
}

export async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}
