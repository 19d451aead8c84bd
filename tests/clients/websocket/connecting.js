// Client graphql-ws, the origin of the protocol `graphql-transport-ws`.
import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { socketUrl } from '../support/asking.js';

/** Return a client without retries. `closed` resolves to the code and the reason of the server. */
export function connect(connectionParams) {
  let tellClosed;
  const closed = new Promise((resolve) => {
    tellClosed = resolve;
  });
  const client = createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams,
    lazy: true,
    retryAttempts: 0,
    on: { closed: ({ code, reason }) => tellClosed({ code, reason }) },
  });
  return { client, closed };
}

/** Return every result of an operation. Throws the error that ends it early. */
export async function results(client, query, variables = {}) {
  const found = [];
  for await (const result of client.iterate({ query, variables })) found.push(result);
  return found;
}

/** Open a socket without a client, and return the code with which it is closed. */
export async function closingCode(protocols, ...messages) {
  const socket = new WebSocket(socketUrl, protocols);
  const closed = once(socket, 'close');
  await once(socket, 'open');
  for (const message of messages) socket.send(JSON.stringify(message));
  const [code] = await closed;
  return code;
}
