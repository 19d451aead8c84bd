// Relay's runtime over HTTP without React: the sent requests, and the data of components.
import { createRequire } from 'node:module';
import runtime from 'relay-runtime';
import { url } from '../support/asking.js';
import { generated } from '../support/places.js';

const { Environment, getSingularSelector, Network, RecordSource, Store } = runtime;
const require = createRequire(`${generated}relay/`);

/** Return the compiled artifact of a `graphql` tag, by the name of its query, mutation or fragment. */
export const artifact = (name) => require(`./${name}.graphql.js`);

/**
 * Return an environment with `token` and the server at `address`. A persisted operation is sent by its id. `requests`
 * lists the names of the sent operations.
 */
export function makeEnvironment(token, address = url) {
  const requests = [];
  const headers = {
    accept: 'application/graphql-response+json, application/json;q=0.9',
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  };
  const send = async ({ id, text, name }, variables) => {
    requests.push(name);
    const body = JSON.stringify({ ...(id ? { doc_id: id } : { query: text }), variables });
    return (await fetch(address, { method: 'POST', headers, body })).json();
  };
  const environment = new Environment({ network: Network.create(send), store: new Store(new RecordSource()) });
  return { environment, requests };
}

/** Return the data of a fragment for the `reference` in its parent's data. */
export const read = (environment, fragment, reference) =>
  environment.lookup(getSingularSelector(artifact(fragment), reference)).data;

/** Call `changed` with each new data of the fragment; returns a function to stop. */
export function subscribe(environment, fragment, reference, changed) {
  const snapshot = environment.lookup(getSingularSelector(artifact(fragment), reference));
  const { dispose } = environment.subscribe(snapshot, ({ data }) => changed(data));
  return dispose;
}
