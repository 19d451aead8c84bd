// Logging in: by e-mail address and password, or with a token from elsewhere.
import { Button, Dialog } from '@graphiql/react';
import { useState } from 'react';
import { session } from './session.js';

const Field = ({ label, ...input }) => (
  <label>
    {label}
    <input required spellCheck={false} {...input} />
  </label>
);

function PasswordFields() {
  return (
    <>
      <Field label="E-mail" name="email" type="email" autoComplete="username" autoFocus />
      <Field label="Password" name="password" type="password" autoComplete="current-password" />
    </>
  );
}

const CodeField = () => (
  <Field label="Code of the authenticator app" name="code" autoComplete="one-time-code" inputMode="numeric" autoFocus />
);

const TokenField = () => <Field label="Bearer token" name="token" type="password" autoComplete="off" autoFocus />;

function Form({ onDone }) {
  const [withToken, setWithToken] = useState(false);
  const [{ waiting, problem, withCode }, setState] = useState({});
  const submit = async (event) => {
    event.preventDefault();
    const { email, password, token, code } = Object.fromEntries(new FormData(event.currentTarget));
    setState({ waiting: true, withCode });
    try {
      await (withToken ? session.use(token.trim().replace(/^Bearer\s+/i, '')) : session.logIn(email, password, code));
      onDone();
    } catch (error) {
      setState({ problem: error.message, withCode: withCode || error.code === 'TOTP_REQUIRED' });
    }
  };
  const change = () => {
    setWithToken(!withToken);
    setState({});
  };
  return (
    <form className="workline-login" onSubmit={submit}>
      {withToken ? <TokenField /> : <PasswordFields />}
      {withCode && <CodeField />}
      {problem && <p role="alert">{problem}</p>}
      <Button className="workline-primary" disabled={waiting}>{waiting ? 'Logging in…' : 'Log in'}</Button>
      <button type="button" className="workline-link" onClick={change}>
        {withToken ? 'Use e-mail and password' : 'Use a token instead'}
      </button>
    </form>
  );
}

export function LogIn() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <span className="workline-anonymous">Not logged in</span>
      <Button type="button" className="workline-primary" onClick={() => setOpen(true)}>Log in</Button>
      <Dialog open={open} onOpenChange={setOpen}>
        <div className="graphiql-dialog-header">
          <Dialog.Title className="graphiql-dialog-title">Log in</Dialog.Title>
          <Dialog.Close />
        </div>
        <Dialog.Description className="workline-hint">
          The session is kept in this browser, for all its tabs, and its token is sent with every operation.
        </Dialog.Description>
        <Form onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}
