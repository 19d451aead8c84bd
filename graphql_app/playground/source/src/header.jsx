// The bar above GraphiQL: what this is, examples to start from, and who is logged in.
import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useEffect, useSyncExternalStore } from 'react';
import { Account } from './account.jsx';
import { endpoint, hasMail, mail } from './server.js';
import { Examples } from './examples.jsx';
import mark from './icon.svg';
import { LogIn } from './login.jsx';
import { session } from './session.js';

/** A server may show its schema to those who are logged in only. */
function useSchemaOf(user) {
  const { introspect } = useGraphiQLActions();
  const { schema, isIntrospecting } = useGraphiQL(pick('schema', 'isIntrospecting'));
  useEffect(() => {
    if (user && !schema && !isIntrospecting) introspect();
  }, [user]);
}

export function Header() {
  const { token, user, expiresAt } = useSyncExternalStore(session.subscribe, session.get);
  useSchemaOf(user);
  return (
    <header className="graphiql-container workline-header">
      <img className="workline-mark" src={mark} alt="" />
      <h1>Workline</h1>
      <code title="The address of the API">{endpoint.pathname}</code>
      <Examples />
      {hasMail && <a className="workline-mail" href={mail.href} target="_blank" rel="noreferrer">Mail</a>}
      <div className="workline-who">
        {token ? <Account token={token} user={user} expiresAt={expiresAt} /> : <LogIn />}
      </div>
    </header>
  );
}
