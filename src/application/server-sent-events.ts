/** What an answer of Server-Sent Events (HTML, section 9.2) is. */
export const EVENT_STREAM = { 'Content-Type': 'text/event-stream' };

const encoder = new TextEncoder();

/** A comment, so that a connection that is gone is noticed. */
export const HEARTBEAT = encoder.encode(': still here\n\n');

interface ServerSentEvent {
  event?: string;
  /** One line: JSON has no more. */
  data?: string;
  /** Tells a client that comes back what it has seen. */
  id?: number;
  /** Milliseconds after which a client that lost the connection comes back. */
  retry?: number;
}

export function encodeEvent(fields: ServerSentEvent): Uint8Array {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  return encoder.encode(`${lines.join('')}\n`);
}
