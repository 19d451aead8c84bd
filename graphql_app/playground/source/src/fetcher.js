// Requests of GraphiQL: by HTTP, and by WebSocket for subscriptions.
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { getIntrospectionQuery } from 'graphql';
import { inspection } from './inspection.js';
import { endpoint } from './server.js';
import { session } from './session.js';

const ACCEPT = 'multipart/mixed, application/graphql-response+json, application/json;q=0.9';
/** The introspection of GraphiQL, with `@oneOf`, `@specifiedBy` and `repeatable`, which its editor checks. */
const INTROSPECTION = getIntrospectionQuery({
  schemaDescription: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  inputValueDeprecation: true,
  oneOf: true,
});

/** Check the session after a refused token, so that the header does not name a user that is no longer logged in. */
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

/** GraphiQL updates the name of the operation after the editor, and until then sends the previous name. */
function withoutStaleName(request) {
  const { query, operationName } = request;
  return operationName && !query.includes(operationName) ? { ...request, operationName: null } : request;
}

/** The parts of a response, of which the toolkit yields one or a list at a time. */
async function* withoutTraces(operation, parts) {
  for await (const part of parts) {
    yield Array.isArray(part) ? part.map((each) => inspection.taken(operation, each)) : inspection.taken(operation, part);
  }
}

/** Headers of the editor replace the token of the log-in. A subscription sends both as connectionParams. */
export async function fetcher(request, options) {
  const headers = { ...session.headers(), ...options?.headers };
  if (request.operationName === 'IntrospectionQuery') {
    return send({ ...request, query: INTROSPECTION }, { ...options, headers });
  }
  const operation = withoutStaleName(request);
  const response = await send(inspection.asked(operation), { ...options, headers });
  return Symbol.asyncIterator in response ? withoutTraces(operation, response) : inspection.taken(operation, response);
}
