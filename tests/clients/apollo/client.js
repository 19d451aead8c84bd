// Apollo Client as an application sets it up, and a count of the requests that it sends.
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
      // neither is a record: there is one of each, and what was read of it is kept
      Dashboard: { merge: true },
      Viewer: { merge: true },
    },
  });

/** A client for the holder of `token`. `requests` lists what was sent, as `{ method, headers, url }`. */
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
