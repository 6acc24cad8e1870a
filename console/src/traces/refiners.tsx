/** "Refine query by": what the traces found have in common, to include or leave out. */

import { useMemo, useState } from "preact/hooks";
import { dimensionsOf, tallyBy, type Dimension } from "../lib/dimensions";
import { anyOf, not } from "../lib/filter";
import { compact } from "../lib/time";
import type { TraceSummary } from "../lib/types";
import { Icon } from "../ui/icons";

/** Where space is scarce the scheme of a URL goes first. */
export const brief = (text: string) => text.replace(/^https?:\/\//, "");

const FEW = 6;
const OPEN_AT_FIRST = new Set(["node", "status", "url"]);

export function Refiners({ traces, onAdd }: {
  traces: readonly TraceSummary[]; onAdd: (term: string) => void;
}) {
  const dimensions = useMemo(
    () => dimensionsOf(traces).filter((d) => d.id !== "outcome" && traces.some((t) => d.values(t).length > 0)),
    [traces]);
  return (
    <aside class="refiners" aria-label="Refine query by">
      <h2>Refine query by</h2>
      {dimensions.map((dimension) =>
        <Refiner key={dimension.id} traces={traces} dimension={dimension} onAdd={onAdd} />)}
    </aside>
  );
}

function Refiner({ traces, dimension, onAdd }: {
  traces: readonly TraceSummary[]; dimension: Dimension; onAdd: (term: string) => void;
}) {
  const [open, setOpen] = useState(OPEN_AT_FIRST.has(dimension.id));
  const [all, setAll] = useState(false);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const values = useMemo(() => (open ? tallyBy(traces, dimension) : []), [traces, dimension.id, open]);
  const terms = values.flatMap((v) => (chosen.has(v.text) && v.term ? [v.term] : []));
  const toggle = (text: string) => {
    const next = new Set(chosen);
    if (!next.delete(text)) next.add(text);
    setChosen(next);
  };
  const add = (term: string) => { onAdd(term); setChosen(new Set()); };
  return (
    <section>
      <h3>
        <button type="button" class="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? "down" : "right"} size={12} /> {dimension.label}
        </button>
      </h3>
      {open && (
        <>
          {values.slice(0, all ? 200 : FEW).map(({ text, traces: own }) => (
            <label key={text} title={text}>
              <input type="checkbox" checked={chosen.has(text)} onChange={() => toggle(text)} />
              <span class="text">{brief(text)}</span>
              <span class="number muted">{compact(own.length)}</span>
            </label>
          ))}
          {values.length > FEW && (
            <button type="button" class="quiet" onClick={() => setAll(!all)}>
              {all ? "Fewer" : `${values.length - FEW} more`}
            </button>
          )}
          {terms.length > 0 && (
            <div class="actions">
              <button type="button" onClick={() => add(anyOf(terms))}>Add to query</button>
              <button type="button" onClick={() => add(not(anyOf(terms)))}>Leave out</button>
            </div>
          )}
        </>
      )}
    </section>
  );
}
