/** The ranking: the values that tell a selection from the rest, most telling first. */

import { useMemo, useState } from "preact/hooks";
import { all } from "../lib/filter";
import { href, param } from "../lib/router";
import { percent, plain } from "../lib/time";
import type { TraceSummary } from "../lib/types";
import { distinguish, valueTag, withoutTag, type Difference } from "./sets";

const FEW = 12;

export function Differences({ title, tone, inside, outside, other, onTag, onGroup, onClear }: {
  title: string; tone: string; inside: TraceSummary[]; outside: TraceSummary[]; other: string;
  onTag: (id: string) => void; onGroup: (dimension: string) => void; onClear: (() => void) | null;
}) {
  const [most, setMost] = useState(FEW);
  const ranked = useMemo(() => distinguish(inside, outside), [inside, outside]);
  return (
    <section class="card differences" aria-label="What sets it apart">
      <header>
        <h2>What sets {title} apart</h2>
        <span class="keys-line">
          <span class={`key in ${tone}`} />{plain(inside.length)} traces of {title}
          <span class="key out" />{plain(outside.length)} of {other}
        </span>
        {onClear && <button type="button" class="quiet" onClick={onClear}>Clear the selection</button>}
      </header>
      {ranked.length === 0 && <p class="muted">No attribute differs more than chance would have it.</p>}
      <ol class={tone}>
        {ranked.slice(0, most).map((one) => <One key={one.dimension.id + one.text} one={one} onTag={onTag} onGroup={onGroup} />)}
      </ol>
      {ranked.length > most && <button type="button" class="quiet" onClick={() => setMost(most * 3)}>Show more of {plain(ranked.length)}</button>}
    </section>
  );
}

function One({ one, onTag, onGroup }: {
  one: Difference; onTag: (id: string) => void; onGroup: (dimension: string) => void;
}) {
  const { dimension, text, term, inside, outside, insideShare, outsideShare } = one;
  return (
    <li>
      <span class="what"><small>{dimension.label}</small><b title={text}>{text}</b></span>
      <span class="bars" role="img"
        aria-label={`${percent(insideShare, 1)} inside, ${percent(outsideShare, 1)} outside`}>
        <span class="in"><i style={{ width: `${insideShare * 100}%` }} /></span>
        <span class="out"><i style={{ width: `${outsideShare * 100}%` }} /></span>
      </span>
      <span class="shares number">
        <b>{percent(insideShare, 1)}</b> <small>({plain(inside)})</small>
        <span class="muted"> / {percent(outsideShare, 1)} <small>({plain(outside)})</small></span>
      </span>
      <span class="actions">
        <button type="button" class="quiet" aria-label={`Filter by ${dimension.label} = ${text}`} onClick={() => onTag(valueTag(dimension, text))}>Filter</button>
        <button type="button" class="quiet" aria-label={`Exclude ${dimension.label} = ${text}`} onClick={() => onTag(withoutTag(dimension, text))}>Exclude</button>
        <button type="button" class="quiet" aria-label={`Group by ${dimension.label}`} onClick={() => onGroup(dimension.id)}>Group</button>
        {term && <a href={href("traces", { filter: all(param("filter"), term) })} aria-label={`Traces with ${dimension.label} = ${text}`}>Traces</a>}
      </span>
    </li>
  );
}
