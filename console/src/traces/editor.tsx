/** The expression field. A plain field stands in until CodeMirror is there. */

import { useEffect, useRef, useState } from "preact/hooks";
import { pastedTraceId } from "../lib/filter";
import { remember } from "../lib/prefs";
import { go } from "../lib/router";
import type { Span } from "../lib/time";
import type { Editor } from "./codemirror";

interface Props {
  value: string;
  span: Span;
  onRun: (expression: string) => void;
}

export function FilterEditor({ value, span, onRun }: Props) {
  const [text, setText] = useState(value);
  const [problem, setProblem] = useState<string | null>(null);
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor | null>(null);
  const [ready, setReady] = useState(false);
  const state = useRef({ span, run: (_: string) => {} });
  state.current = { span, run: (expression) => {
    const id = pastedTraceId(expression);
    if (id) return go(`traces/${id}`);
    remember(expression.trim());
    onRun(expression.trim());
  } };
  useEffect(() => {
    let gone = false;
    const focus = () => editor.current?.focus();
    host.current?.addEventListener("focus-search", focus);
    void import("./codemirror").then(({ createEditor }) => {
      if (gone || !host.current) return;
      // Who was already typing into the plain field goes on in the editor.
      const plain = host.current.parentElement?.querySelector("input");
      const typing = plain !== null && plain === document.activeElement;
      editor.current = createEditor(host.current, plain?.value ?? value, {
        onChange: setText, onRun: (now) => state.current.run(now),
        onProblem: setProblem, span: () => state.current.span,
      });
      setReady(true);
      if (typing) editor.current.focus();
    });
    return () => { gone = true; editor.current?.destroy(); };
  }, []);
  useEffect(() => { setText(value); editor.current?.set(value); }, [value]);
  return (
    <form class="filter-editor" role="search" aria-label="Search traces"
      onSubmit={(event) => { event.preventDefault(); state.current.run(text); }}>
      <div class="field">
        <div ref={host} data-search={ready ? "" : undefined} class="host" />
        {!ready && (
          <input class="mono" data-search value={text} spellcheck={false}
            aria-label="Filter expression or trace id" onInput={(e) => setText(e.currentTarget.value)} />
        )}
      </div>
      <button type="submit" class="primary">Run query</button>
      {problem && <p class="problem" role="status">{problem}</p>}
    </form>
  );
}
