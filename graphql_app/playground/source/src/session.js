// The log-in session: shared by all tabs of this browser, and renewed before its access token expires.
import { run } from './server.js';

const KEY = 'workline:session';
/** Seconds before the expiry at which a token is renewed, or half of its lifetime if that is less. */
const AHEAD = 60;
const MOST_DELAY = 2 ** 31 - 1; // of a timer, in milliseconds
const RETRY = 10;
const TOKENS = 'token expiresAt refreshToken errors { message code }';
const LOG_IN = `mutation LogIn($input: LogInInput!) { logIn(input: $input) { ${TOKENS} } }`;
const REFRESH = `mutation RefreshSession($refreshToken: String!) {
  refreshSession(input: {refreshToken: $refreshToken}) { ${TOKENS} }
}`;
const LOG_OUT = 'mutation LogOut { logOut(input: {}) { errors { message } } }';
const VIEWER = 'query Viewer { viewer { user { name role organization { name } } } }';
const NOBODY = { token: null, refreshToken: null, expiresAt: null };

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? NOBODY;
  } catch {
    return NOBODY;
  }
}

let state = { ...stored(), user: null };
let timer;
const listeners = new Set();

const headersFor = (token) => (token ? { authorization: `Bearer ${token}` } : {});
const secondsLeft = () => (Date.parse(state.expiresAt) - Date.now()) / 1000;

/** Renew a token that can be renewed some time before it expires. A tab that was asleep does so when it wakes up. */
function schedule() {
  clearTimeout(timer);
  if (!state.refreshToken) return;
  const left = secondsLeft();
  const delay = Math.max(left - Math.min(AHEAD, left / 2), 1) * 1000;
  timer = setTimeout(renew, Math.min(delay, MOST_DELAY));
}

function show(next) {
  state = next;
  schedule();
  listeners.forEach((listener) => listener());
}

function change({ user, ...tokens }) {
  if (tokens.token) localStorage.setItem(KEY, JSON.stringify(tokens));
  else localStorage.removeItem(KEY);
  show({ user, ...tokens });
}

/** Run a function in one tab at a time. Browsers offer locks to https and localhost only. */
const alone = (work) => (navigator.locks ? navigator.locks.request(KEY, work) : work());

/** Take over the tokens of another tab. Returns whether they differ from the ones of this tab. */
function adopt() {
  const found = stored();
  if (found.token === state.token) return false;
  show({ ...found, user: found.token ? state.user : null });
  return true;
}

async function exchange(token) {
  if (state.token !== token || adopt()) return;
  const { refreshSession } = await run(REFRESH, { refreshToken: state.refreshToken });
  const { errors, ...tokens } = refreshSession;
  change(errors.length ? { ...NOBODY, user: null } : { ...tokens, user: state.user });
}

/** Exchange the refresh token, unless another tab has. A session that has ended is forgotten. */
async function renew() {
  const { token, refreshToken } = state;
  if (!refreshToken) return;
  try {
    await alone(() => exchange(token));
  } catch {
    timer = setTimeout(renew, RETRY * 1000); // the server is out of reach, or refuses for the moment
  }
}

async function userOf(token) {
  const { viewer } = await run(VIEWER, {}, headersFor(token));
  return viewer.user;
}

addEventListener('storage', ({ key }) => {
  if ((key === KEY || key === null) && adopt() && state.token) session.check();
});

export const session = {
  get: () => state,
  headers: () => headersFor(state.token),

  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Log in by e-mail address, password and, if the server requires one, a code. Throws with the server's words. */
  async logIn(email, password, totpCode) {
    const { logIn } = await run(LOG_IN, { input: { email, password, ...(totpCode && { totpCode }) } });
    const { errors: [error], ...tokens } = logIn;
    if (!tokens.token) throw Object.assign(new Error(error?.message ?? 'The server gave no token.'), error);
    change({ ...tokens, user: await userOf(tokens.token) });
  },

  /** Take a token made elsewhere, by `workline token` for instance. Throws if the server does not accept it. */
  use: async (token) => change({ ...NOBODY, token, user: await userOf(token) }),

  /** End the session, on the server too if it began here. */
  async logOut() {
    const { refreshToken } = state;
    const headers = session.headers();
    change({ ...NOBODY, user: null });
    if (refreshToken) await run(LOG_OUT, {}, headers).catch(() => {});
  },

  /**
   * Load the user of the token. One that the server no longer accepts is renewed, or else forgotten; a server out of
   * reach changes nothing.
   */
  async check() {
    if (!state.token) return;
    if (state.refreshToken && secondsLeft() <= 0) await renew();
    const { token } = state;
    if (!token) return;
    try {
      const user = await userOf(token);
      if (state.token === token) show({ ...state, user });
    } catch (error) {
      if (error.code !== 'UNAUTHENTICATED' || state.token !== token) return;
      if (state.refreshToken) await renew();
      else change({ ...NOBODY, user: null });
    }
  },
};

schedule();
