// An example is a GraphQL document below a comment:
//
//   # Title
//   # What it shows, in a line or more.
//   # Variables: {"first": 5}                              given as they are, or
//   # Variables from: { tasks(first: 1) { nodes { id } } }   asked for when it is opened: every leaf of
//                                                          the answer is a variable, named by its response key
const VARIABLES = /^# Variables: (.+)$/m;
const SOURCE = /^# Variables from: (.+)$/m;

export function parseExample(text) {
  const title = /^# (.+)\n/.exec(text)?.[1];
  if (!title) throw new Error(`an example begins with "# Title", not with ${text.slice(0, 40)}`);
  const given = VARIABLES.exec(text)?.[1];
  return {
    title,
    query: text.replace(VARIABLES, '').replace(SOURCE, '').replace(/\n{2,}(?=\w)/, '\n'),
    variables: given ? JSON.parse(given) : null,
    source: SOURCE.exec(text)?.[1] ?? null,
  };
}
