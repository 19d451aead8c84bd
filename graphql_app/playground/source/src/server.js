// The server that this page came from. "graphql" beside the page's own address is the API, under any path prefix.
const page = location.href.replace(/\/graphql\/(?=$|[?#])/, '/graphql');

export const endpoint = new URL('graphql', page);

/** Messages that a development server writes to files instead of sending them. */
export const mail = new URL('mail', page);

/** Whether the server has that page, which a metric of this page's own response says: scripts see no other header. */
export const hasMail = performance
  .getEntriesByType('navigation')
  .some(({ serverTiming }) => serverTiming?.some(({ name }) => name === 'mail'));

async function post(body, headers) {
  try {
    return await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error('The server cannot be reached.');
  }
}

/** Run a query or mutation of the page's own. Returns its data; throws what the server says instead, with its code. */
export async function run(query, variables, headers) {
  const response = await post({ query, variables }, headers);
  const { data, errors } = await response.json().catch(() => {
    throw new Error(`The server answered ${response.status} ${response.statusText}.`);
  });
  if (errors?.length) throw Object.assign(new Error(errors[0].message), { code: errors[0].extensions?.code });
  return data;
}
