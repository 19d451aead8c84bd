// Apollo Client in the usual configuration, with a list of its requests.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { possibleTypes } from './possible_types.js';
import { url } from '../support/asking.js';

const pages = (keys = ['filter', 'orderBy']) => relayStylePagination(keys);

export const makeCache = () =>
  new InMemoryCache({
    possibleTypes,
    typePolicies: {
      Query: { fields: { tasks: pages(), workers: pages(), search: pages(['query', 'types']) } },
      Worker: { fields: { tasks: pages() } },
      // neither is a record: both are singletons, whose fields are merged
      Dashboard: { merge: true },
      Viewer: { merge: true },
    },
  });

/** Return a client with `token`. `requests` lists the sent requests, as `{ method, headers, url }`. */
export function makeClient(token, { links = [], ...http } = {}) {
  const requests = [];
  const watchedFetch = (address, options) => {
    requests.push({ ...options, url: String(address) });
    return fetch(address, options);
  };
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const link = ApolloLink.from([...links, new HttpLink({ uri: url, headers, fetch: watchedFetch, ...http })]);
  return { client: new ApolloClient({ link, cache: makeCache() }), requests };
}
