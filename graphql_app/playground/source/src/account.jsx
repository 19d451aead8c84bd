// Who is logged in, the token to use elsewhere, and the way out.
import { Button } from '@graphiql/react';
import { useState } from 'react';
import { session } from './session.js';

const initials = (name) => name.split(/\s+/).map(([letter]) => letter).slice(0, 2).join('').toUpperCase();
const readable = (role) => role.charAt(0) + role.slice(1).toLowerCase();

/** Whether the clipboard took the text. Browsers offer one to https and localhost only. */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function CopyToken({ token }) {
  const [label, setLabel] = useState('Copy token');
  const copy = async () => {
    const copied = await write(token);
    setLabel(copied ? 'Copied' : 'Not allowed');
    setTimeout(setLabel, 2000, 'Copy token');
  };
  return (
    <Button type="button" title="For the authorization header of another client: Bearer <token>" onClick={copy}>
      {label}
    </Button>
  );
}

const time = (moment) => new Date(moment).toLocaleTimeString([], { timeStyle: 'short' });

function Expiry({ expiresAt }) {
  if (!expiresAt) return null;
  return (
    <small className="workline-expiry" title="The token is renewed before it expires, while this page is open.">
      Token until <time dateTime={expiresAt}>{time(expiresAt)}</time>
    </small>
  );
}

export function Account({ token, user, expiresAt }) {
  return (
    <>
      {user && (
        <>
          <span className="workline-avatar" aria-hidden="true">{initials(user.name)}</span>
          <span className="workline-user">
            <strong>{user.name}</strong>
            <small>{readable(user.role)} · {user.organization.name}</small>
          </span>
        </>
      )}
      <Expiry expiresAt={expiresAt} />
      <CopyToken token={token} />
      <Button type="button" onClick={session.logOut}>Log out</Button>
    </>
  );
}
