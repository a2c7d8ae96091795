import type { ReactNode } from 'react';
import { useState } from 'react';
import { ApiFault, api } from './api.js';
import type { Loaded } from './load.js';

/** Shows what was loaded; says calmly what went wrong, and asks for a token where the server wants one. */
export function Show<T>({ of, children }: { of: Loaded<T>; children: (value: T) => ReactNode }) {
  if (of.state === 'waits') return <p className="wait" role="status" />;
  if (of.state === 'failed') return <Fault fault={of.fault} />;
  return <>{children(of.value)}</>;
}

export function Fault({ fault }: { fault: ApiFault }) {
  if (fault.status === 401) return <TokenForm />;
  return (
    <div className="fault" role="alert">
      <p className="lead">{fault.message}</p>
      {fault.where === '' ? null : (
        <p>
          Where: <code>{fault.where}</code>
        </p>
      )}
      {fault.todo === '' ? null : <p>{fault.todo}</p>}
    </div>
  );
}

function TokenForm() {
  const [value, setValue] = useState('');
  const [said, setSaid] = useState('');
  const enter = async (): Promise<void> => {
    try {
      await api.session(value.trim());
      window.location.reload();
    } catch (error) {
      setSaid(error instanceof ApiFault ? error.message : String(error));
    }
  };
  return (
    <form
      className="fault"
      onSubmit={(e) => {
        e.preventDefault();
        void enter();
      }}
    >
      <p className="lead">This server asks for a token.</p>
      <p>
        <label>
          Token{' '}
          <input
            type="password"
            autoComplete="off"
            value={value}
            onChange={(e) => setValue(e.target.value)}
          />
        </label>{' '}
        <button type="submit">Enter</button> <span role="status">{said}</span>
      </p>
    </form>
  );
}
