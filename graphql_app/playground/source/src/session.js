// Who is logged in: a bearer token, kept for this browser tab only, and the user it stands for.
import { run } from './server.js';

const KEY = 'workline:token';
const LOG_IN = `mutation LogIn($email: String!, $password: String!) {
  logIn(input: {email: $email, password: $password}) { token errors { message } }
}`;
const VIEWER = 'query Viewer { viewer { user { name role organization { name } } } }';

let state = { token: sessionStorage.getItem(KEY), user: null };
const listeners = new Set();

function change(next) {
  state = next;
  if (next.token) sessionStorage.setItem(KEY, next.token);
  else sessionStorage.removeItem(KEY);
  listeners.forEach((listener) => listener());
}

const headersFor = (token) => (token ? { authorization: `Bearer ${token}` } : {});

export const session = {
  get: () => state,
  headers: () => headersFor(state.token),

  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Log in by e-mail address and password. Throws with the server's words if it refuses. */
  async logIn(email, password) {
    const { logIn } = await run(LOG_IN, { email, password });
    if (!logIn.token) throw new Error(logIn.errors[0]?.message ?? 'The server gave no token.');
    await session.use(logIn.token);
  },

  /** Take a token made elsewhere, by `workline token` for instance. Throws if the server does not accept it. */
  async use(token) {
    const { viewer } = await run(VIEWER, {}, headersFor(token));
    change({ token, user: viewer.user });
  },

  logOut: () => change({ token: null, user: null }),

  /** Ask the server whose token it is. One it no longer accepts is forgotten; a server out of reach changes nothing. */
  async check() {
    if (!state.token) return;
    await session.use(state.token).catch((error) => error.code === 'UNAUTHENTICATED' && session.logOut());
  },
};
