// The inspector below the response: times of steps and statements, the plan as a diagram, SQL, plans of PostgreSQL, cost.
import { useGraphiQLActions } from '@graphiql/react';
import { useState, useSyncExternalStore } from 'react';
import { inspection } from './inspection.js';
import { session } from './session.js';

const BOX = /^ {2}s(\d+)\["(.*)"\]$/;
const ARROW = /^ {2}s(\d+) --> s(\d+)$/;
const EXPLAINING_ROLE = 'OWNER';

const milliseconds = (time) => `${time < 10 ? time.toFixed(2) : time.toFixed(0)} ms`;
const several = (number, name) => `${number.toLocaleString('en')} ${name}${number === 1 ? '' : 's'}`;

/** Steps of a plan as a tree, from its Mermaid diagram. */
function treeOf(mermaid) {
  const steps = new Map();
  for (const line of mermaid.split('\n')) {
    const [, id, text] = line.match(BOX) ?? [];
    if (id) steps.set(id, { id: Number(id), text, children: [] });
  }
  const below = new Set();
  for (const line of mermaid.split('\n')) {
    const [, parent, child] = line.match(ARROW) ?? [];
    if (!parent) continue;
    steps.get(parent).children.push(steps.get(child));
    below.add(child);
  }
  return [...steps.entries()].filter(([id]) => !below.has(id)).map(([, step]) => step);
}

/** A short name of a statement: the step that sent it, or the first table in its SQL. */
function titleOf({ sql, plan, step }, plans) {
  const line = plans[plan]?.mermaid.split('\n').find((each) => each.startsWith(`  s${step}[`));
  const text = line?.match(BOX)?.[2].split(':')[0];
  const table = sql.match(/\b(?:FROM|INTO|UPDATE)\s+(?!unnest)"?([a-z_]+)/)?.[1];
  return text ?? [sql.trim().split(/\s/)[0].toLowerCase(), table].filter(Boolean).join(' ');
}

function Bar({ start, milliseconds: time, total, kind }) {
  const left = Math.min(99, (100 * start) / total);
  const width = Math.max(0.6, Math.min(100 - left, (100 * time) / total));
  return (
    <span className="workline-track" aria-hidden="true">
      <span className={`workline-bar workline-bar-${kind}`} style={{ left: `${left}%`, width: `${width}%` }} />
    </span>
  );
}

function Timeline({ trace, chosen, choose }) {
  const total = Math.max(trace.milliseconds, 0.01);
  const slowest = Math.max(...trace.statements.map((each) => each.milliseconds));
  const rows = [
    ...trace.steps.map((step) => ({ ...step, kind: 'step', key: `step ${step.name}` })),
    ...trace.statements.map((each, index) => ({ ...each, kind: 'statement', index, key: index })),
  ].sort((one, other) => one.start - other.start);
  return (
    <ol className="workline-timeline" aria-label="Timeline">
      {rows.map((row) =>
        row.kind === 'step' ? (
          <li key={row.key}>
            <span className="workline-name">{row.name}</span>
            <Bar {...row} total={total} />
            <span className="workline-time">{milliseconds(row.milliseconds)}</span>
          </li>
        ) : (
          <li key={row.key}>
            <button type="button" aria-pressed={chosen === row.index} onClick={() => choose(row.index)}>
              <span className="workline-name">
                {titleOf(row, trace.plans)} <small>{several(row.rows, 'row')}</small>
              </span>
              <Bar {...row} total={total} kind={row.milliseconds === slowest ? 'slowest' : 'statement'} />
              <span className="workline-time">{milliseconds(row.milliseconds)}</span>
            </button>
          </li>
        ),
      )}
    </ol>
  );
}

function Steps({ steps, statements, name, chosen, choose }) {
  return (
    <ul>
      {steps.map(({ id, text, children }) => {
        const index = statements.findIndex(({ plan, step }) => plan === name && step === id);
        const [title, columns] = text.split(/: (.*)/s);
        const sent = statements[index];
        return (
          <li key={id}>
            <button type="button" disabled={!sent} aria-pressed={!!sent && chosen === index} onClick={() => choose(index)}>
              <strong>{title}</strong>
              <small>{sent ? `${several(sent.rows, 'row')} · ${milliseconds(sent.milliseconds)}` : 'not sent'}</small>
              {columns && <span>{columns}</span>}
            </button>
            {children.length > 0 && <Steps {...{ steps: children, statements, name, chosen, choose }} />}
          </li>
        );
      })}
    </ul>
  );
}

function Plan({ trace, chosen, choose }) {
  const plans = Object.entries(trace.plans);
  if (trace.fellBack) return <p className="workline-hint">Executed by resolvers, without a plan: {trace.fellBack}</p>;
  if (!plans.length) return <p className="workline-hint">The operation has read nothing by a plan.</p>;
  return (
    <div className="workline-plan">
      {plans.map(([name, { mermaid }]) => (
        <section key={name} aria-label={`Plan of ${name}`}>
          <h3>{name}</h3>
          <Steps {...{ steps: treeOf(mermaid), statements: trace.statements, name, chosen, choose }} />
        </section>
      ))}
    </div>
  );
}

function Explained({ lines, isQuery }) {
  const { user } = useSyncExternalStore(session.subscribe, session.get);
  const { explains } = useSyncExternalStore(inspection.subscribe, inspection.get);
  const { run } = useGraphiQLActions();
  if (lines) return <pre aria-label="Plan of PostgreSQL">{lines.join('\n')}</pre>;
  if (user?.role !== EXPLAINING_ROLE) return <p className="workline-hint">Owners also see the plan of PostgreSQL.</p>;
  if (explains) return <p className="workline-hint">This statement cannot be explained.</p>;
  const ask = () => {
    inspection.explain(true);
    if (isQuery) run(); // a mutation would be executed again
  };
  return (
    <button type="button" className="workline-explain" onClick={ask}>
      {isQuery ? 'Run again with EXPLAIN' : 'EXPLAIN when I run it next'}
    </button>
  );
}

function Statement({ statement, isQuery, close }) {
  const { sql, rows, keys, milliseconds: time, explained } = statement;
  return (
    <section className="workline-statement" aria-label="Statement">
      <header>
        <span>
          {several(rows, 'row')}
          {keys > 1 && ` for ${several(keys, 'parent')}`} in {milliseconds(time)}
        </span>
        <button type="button" aria-label="Close the statement" onClick={close}>×</button>
      </header>
      <pre aria-label="SQL">{sql.replaceAll(/ *\n */g, '\n').trim()}</pre>
      <Explained lines={explained} isQuery={isQuery} />
    </section>
  );
}

function Cost({ cost }) {
  if (!cost) return <p className="workline-hint">The response has no cost.</p>;
  const { throttleStatus: bucket } = cost;
  return (
    <dl className="workline-cost">
      <dt>Requested</dt>
      <dd>{cost.requestedQueryCost.toLocaleString('en')}</dd>
      <dt>Actual</dt>
      <dd>{cost.actualQueryCost.toLocaleString('en')}</dd>
      {bucket && (
        <>
          <dt>Available</dt>
          <dd>
            {bucket.currentlyAvailable.toLocaleString('en')} of {bucket.maximumAvailable.toLocaleString('en')}, plus{' '}
            {bucket.restoreRate.toLocaleString('en')} per second
          </dd>
        </>
      )}
    </dl>
  );
}

const PANELS = ['Timeline', 'Plan', 'Cost'];

function Panels({ trace, cost, request }) {
  const [panel, setPanel] = useState(PANELS[0]);
  const [chosen, choose] = useState(null);
  const statement = trace?.statements[chosen];
  const none = <p className="workline-hint">The response has no trace: the server needs WORKLINE_INSPECTOR.</p>;
  return (
    <div className="workline-panels">
      <div role="tablist" aria-label="Inspector">
        {PANELS.map((name) => (
          <button key={name} type="button" role="tab" aria-selected={panel === name} onClick={() => setPanel(name)}>
            {name}
          </button>
        ))}
      </div>
      <div className="workline-panel" role="tabpanel" aria-label={panel}>
        {panel === 'Cost' && <Cost cost={cost} />}
        {panel !== 'Cost' && !trace && none}
        {panel === 'Timeline' && trace && <Timeline {...{ trace, chosen, choose }} />}
        {panel === 'Plan' && trace && <Plan {...{ trace, chosen, choose }} />}
      </div>
      {statement && <Statement {...{ statement, isQuery: request.isQuery, close: () => choose(null) }} />}
    </div>
  );
}

function summary({ trace, cost }) {
  return [
    trace && milliseconds(trace.milliseconds),
    trace && several(trace.statements.length, 'statement'),
    cost && `cost ${cost.actualQueryCost.toLocaleString('en')}`,
  ].filter(Boolean).join(' · ');
}

export function Inspector() {
  const { isOpen, request, trace, cost } = useSyncExternalStore(inspection.subscribe, inspection.get);
  return (
    <section className="workline-inspector" aria-label="Inspector" data-open={isOpen}>
      <button type="button" className="workline-inspect" aria-expanded={isOpen} onClick={inspection.toggle}>
        <span>Inspector</span>
        <small>{isOpen && request ? summary({ trace, cost }) : 'steps, statements and cost of an operation'}</small>
      </button>
      {isOpen && !request && <p className="workline-hint">Run an operation.</p>}
      {isOpen && request && <Panels key={trace?.milliseconds} {...{ trace, cost, request }} />}
    </section>
  );
}
