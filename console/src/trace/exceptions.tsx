/** Exceptions of an entity: message, stack, and the chain of causes across the trace. */

import { exceptionsOf, type Entity, type Exception, type TraceTree } from "./model";

interface Known {
  exception: Exception;
  entity: Entity;
}

/** Every exception of the trace by its id. */
function directory(tree: TraceTree): Map<string, Known> {
  const found = new Map<string, Known>();
  for (const entity of tree.byId.values())
    for (const exception of exceptionsOf(entity.document))
      if (!("reference" in exception) && exception.id)
        found.set(exception.id, { exception, entity });
  return found;
}

export function Exceptions({ tree, entity, onChoose }: {
  tree: TraceTree; entity: Entity; onChoose: (id: string) => void;
}) {
  const exceptions = exceptionsOf(entity.document);
  if (exceptions.length === 0) {
    const deeper = firstBelow(entity);
    return (
      <p class="muted">
        It recorded no exception.
        {deeper && <> One of {" "}<button type="button" class="quiet flat" onClick={() => onChoose(deeper.id)}>{deeper.name}</button>{" "}below did.</>}
      </p>
    );
  }
  const known = directory(tree);
  const cause = entity.document.cause;
  return (
    <>
      {typeof cause === "object" && cause.working_directory &&
        <p class="muted">Working directory <code>{cause.working_directory}</code></p>}
      {exceptions.map((exception, i) => "reference" in exception
        ? <Reference key={i} id={exception.reference} known={known} onChoose={onChoose} />
        : <One key={i} {...{ exception, entity, known, onChoose }} />)}
    </>
  );
}

function firstBelow(entity: Entity): Entity | null {
  const queue = [...entity.children];
  for (let at = queue.shift(); at; at = queue.shift()) {
    if (exceptionsOf(at.document).length) return at;
    queue.push(...at.children);
  }
  return null;
}

function Reference({ id, known, onChoose }: {
  id: string; known: ReadonlyMap<string, Known>; onChoose: (id: string) => void;
}) {
  const found = known.get(id);
  if (!found) return <p class="muted">Refers to exception <code>{id}</code>, which is not in this trace.</p>;
  return (
    <section class="exception">
      <p>Recorded in <button type="button" class="quiet flat" onClick={() => onChoose(found.entity.id)}>{found.entity.name}</button>:</p>
      <h3>{found.exception.type || "Exception"}</h3>
      <p class="message">{found.exception.message}</p>
    </section>
  );
}

function One({ exception, entity, known, onChoose }: Known & {
  known: ReadonlyMap<string, Known>; onChoose: (id: string) => void;
}) {
  return (
    <section class="exception">
      <h3>{exception.type || "Exception"}{exception.remote && <small class="muted"> remote</small>}</h3>
      <p class="message">{exception.message}</p>
      {!!exception.stack?.length && (
        <ol class="stack" aria-label="Stack">
          {exception.stack.map(({ path, line, label }, i) => (
            <li key={i}><b>{label || "(anonymous)"}</b> <span>{path}{line ? `:${line}` : ""}</span></li>
          ))}
          {!!exception.truncated && <li class="muted">{exception.truncated} more frames were left out by the client</li>}
        </ol>
      )}
      {!!exception.skipped && <p class="muted">{exception.skipped} further exceptions were left out by the client.</p>}
      <Chain from={exception} {...{ entity, known, onChoose }} />
    </section>
  );
}

/** Longer chains are loops or noise. */
const CHAIN_MOST = 12;

function Chain({ from, entity, known, onChoose }: {
  from: Exception; entity: Entity; known: ReadonlyMap<string, Known>; onChoose: (id: string) => void;
}) {
  const chain: Known[] = [];
  for (let next = from.cause; next && chain.length < CHAIN_MOST;) {
    const found = known.get(next);
    if (!found || chain.includes(found)) break;
    chain.push(found);
    next = found.exception.cause;
  }
  if (chain.length === 0) return null;
  return (
    <ol class="chain" aria-label="Caused by">
      {chain.map((link) => (
        <li key={link.exception.id}>
          Caused by <b>{link.exception.type || "Exception"}</b>: {link.exception.message}
          {link.entity !== entity && (
            <> in <button type="button" class="quiet flat" onClick={() => onChoose(link.entity.id)}>{link.entity.name}</button></>
          )}
        </li>
      ))}
    </ol>
  );
}
