/** What the rings mean. */

import { OUTCOMES } from "../lib/stats";
import { OutcomeMark } from "../ui/parts";

export const Legend = () => (
  <div class="legend" role="group" aria-label="Legend">
    {OUTCOMES.map((name) => (
      <span key={name} class="entry">
        <svg width="18" height="14" aria-hidden="true"><line class={`ring ${name}`} x1="1" x2="17" y1="7" y2="7" /></svg>
        <OutcomeMark outcome={name} />
      </span>
    ))}
    <span class="entry"><svg width="22" height="14" aria-hidden="true"><line class="dashed" x1="1" x2="21" y1="7" y2="7" /></svg>Linked</span>
  </div>
);
