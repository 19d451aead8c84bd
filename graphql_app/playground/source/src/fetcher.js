// GraphiQL's way to the server: HTTP, and a WebSocket for subscriptions.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { getIntrospectionQuery } from 'graphql';
import { endpoint } from './server.js';
import { session } from './session.js';

const ACCEPT = 'multipart/mixed, application/graphql-response+json, application/json;q=0.9';
/** What GraphiQL asks, and what its editor checks but it does not ask: `@oneOf`, `@specifiedBy` and `repeatable`. */
const INTROSPECTION = getIntrospectionQuery({
  schemaDescription: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  inputValueDeprecation: true,
  oneOf: true,
});

/** A token can end while it is in use: the header shall not go on naming somebody whom the server no longer knows. */
async function watchedFetch(address, options) {
  const response = await fetch(address, options);
  const answer = response.clone();
  if (session.get().token) answer.text().then((text) => text.includes('UNAUTHENTICATED') && session.check(), () => {});
  return response;
}

const send = createGraphiQLFetcher({
  url: endpoint.href,
  subscriptionUrl: endpoint.href.replace(/^http/, 'ws'),
  headers: { accept: ACCEPT },
  fetch: watchedFetch,
});

/** GraphiQL learns the name of an operation a moment after the editor shows it, and sends the one before until then. */
function withoutStaleName(request) {
  const { query, operationName } = request;
  return operationName && !query.includes(operationName) ? { ...request, operationName: null } : request;
}

/** What the headers editor says wins over the token of the log-in. A subscription sends both as connectionParams. */
export function fetcher(request, options) {
  const isIntrospection = request.operationName === 'IntrospectionQuery';
  return send(isIntrospection ? { ...request, query: INTROSPECTION } : withoutStaleName(request), {
    ...options,
    headers: { ...session.headers(), ...options?.headers },
  });
}
