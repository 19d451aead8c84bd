// graphql-ws, the client that the protocol `graphql-transport-ws` comes from.
import { once } from 'node:events';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { socketUrl } from '../support/asking.js';

/** A client that gives up at the first refusal. `closed` settles with the code and the reason of the server. */
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

/** Every result of an operation. Throws what ends it early. */
export async function results(client, query, variables = {}) {
  const found = [];
  for await (const result of client.iterate({ query, variables })) found.push(result);
  return found;
}

/** A socket without a client around it: the code that it is closed with. */
export async function closingCode(protocols, ...messages) {
  const socket = new WebSocket(socketUrl, protocols);
  const closed = once(socket, 'close');
  await once(socket, 'open');
  for (const message of messages) socket.send(JSON.stringify(message));
  const [code] = await closed;
  return code;
}
