// Minimal requests to the server, for tests that need more than the tested client.
export const url = process.env.WORKLINE_URL;
export const socketUrl = url?.replace(/^http/, 'ws');

if (!url) throw new Error('WORKLINE_URL is missing: start the tests with `make test-clients`.');

export const OWNER = { email: 'owner@north.example', password: 'workline-demo' };

export const LOG_IN = `mutation LogIn($input: LogInInput!) {
  logIn(input: $input) { token errors { code message } }
}`;

/** Return the data of a response. Throws its first error. */
export async function ask(query, variables = {}, token = null) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw Object.assign(new Error(errors[0].message), { answer: { data, errors } });
  return data;
}

export async function logIn(input = OWNER) {
  const { logIn: payload } = await ask(LOG_IN, { input });
  return payload.token;
}
