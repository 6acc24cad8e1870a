/** The trace as BatchGetTraces gives it, documents parsed. */

import { useMemo } from "preact/hooks";
import type { Trace } from "../lib/types";
import { CopyButton } from "../ui/parts";
import type { TraceTree } from "./model";

export function Raw({ trace, tree }: { trace: Trace; tree: TraceTree }) {
  const json = useMemo(() => JSON.stringify({
    ...trace,
    Segments: trace.Segments.map(({ Id }, i) => ({ Id, Document: tree.documents[i] })),
  }, null, 2), [trace]);
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([json], { type: "application/json" }));
    link.download = `${trace.Id}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <section class="raw block" aria-label="Raw data">
      <header>
        <h2>Raw data</h2>
        <span class="actions"><CopyButton text={() => json} /><button type="button" onClick={save}>Download</button></span>
      </header>
      <pre tabIndex={0}>{json}</pre>
    </section>
  );
}
