/** How an entity ended, or that it has not: a mark and a word. */

import { OutcomeMark } from "../ui/parts";
import type { Entity } from "./model";

/** With `status` the HTTP status stands for the word where there is one. */
export function Outcome({ entity, status = false }: { entity: Entity; status?: boolean }) {
  if (entity.end === null)
    return <span class="outcome pending"><span class="mark" aria-hidden="true">…</span>Pending</span>;
  return <OutcomeMark outcome={entity.outcome} text={status && entity.status ? String(entity.status) : undefined} />;
}
