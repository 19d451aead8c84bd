// Cost and trace of the last operation, which the server adds to responses on request.
import { parse } from 'graphql';

let state = { isOpen: localStorage.getItem('workline:inspector') === 'open', explains: false, request: null };
const listeners = new Set();

function change(next) {
  state = { ...state, ...next };
  listeners.forEach((listener) => listener());
}

function isQuery({ query, operationName }) {
  try {
    const operations = parse(query).definitions.filter(({ kind }) => kind === 'OperationDefinition');
    const named = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
    return named?.operation === 'query';
  } catch {
    return false;
  }
}

export const inspection = {
  get: () => state,

  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  toggle() {
    localStorage.setItem('workline:inspector', state.isOpen ? 'closed' : 'open');
    change({ isOpen: !state.isOpen });
  },

  /** Request plans of PostgreSQL with the next operations. */
  explain: (explains) => change({ explains }),

  /** The request with the extensions that ask for a trace, if the inspector is open. */
  asked(request) {
    if (!state.isOpen) return request;
    return { ...request, extensions: { ...request.extensions, cost: true, trace: state.explains ? 'explain' : true } };
  },

  /** Keep the trace of a response, and return the response without it, as the editor shows it. */
  taken(request, response) {
    if (!state.isOpen || !response || typeof response !== 'object') return response;
    const { trace = null, cost = null, ...extensions } = response.extensions ?? {};
    change({ request: { ...request, isQuery: isQuery(request) }, trace, cost, errors: response.errors?.length ?? 0 });
    const { extensions: _, ...shown } = response;
    return Object.keys(extensions).length ? { ...shown, extensions } : shown;
  },
};
