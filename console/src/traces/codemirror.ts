/** The editor itself, loaded when a search page is. It lives in a shadow root: there
 * its styles are adopted style sheets, which a strict security policy allows. */

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap,
         completionKeymap, completionStatus, moveCompletionSelection,
         selectedCompletionIndex, startCompletion, type CompletionContext, type CompletionResult,
         } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { linter, type Diagnostic } from "@codemirror/lint";
import { EditorState, Prec, type Extension } from "@codemirror/state";
import { EditorView, keymap, placeholder } from "@codemirror/view";
import { post } from "../lib/api";
import { charactersAt, unitsAt } from "../lib/filter";
import type { Span } from "../lib/time";
import { colours, language } from "./language";

export interface Editor {
  set(text: string): void;
  focus(): void;
  destroy(): void;
}
interface Hooks {
  onChange: (text: string) => void;
  onRun: (text: string) => void;
  onProblem: (message: string | null) => void;
  span: () => Span;
}

interface Completion {
  From: number;
  To: number;
  Options: { Label: string; Kind: string; Detail?: string | null; Count?: number | null }[];
}
interface Explanation {
  Problems: { Start: number; End: number; Message: string; Suggestion?: string | null }[];
}

/** Something was begun, or an operator waits for what it is about. */
const AWAITING = /(\S|[=<>!{(,]\s|\b(and|or|not|contains|beginswith|endswith)\s)$/i;

const complete = (hooks: Hooks) =>
  async (context: CompletionContext): Promise<CompletionResult | null> => {
    const Expression = context.state.doc.toString();
    if (!context.explicit && !context.matchBefore(AWAITING)) return null;
    const { start, end } = hooks.span();
    try {
      const found = await post<Completion>("/api/filters/complete", {
        Expression, Position: charactersAt(Expression, context.pos), StartTime: start, EndTime: end });
      return {
        from: unitsAt(Expression, found.From),
        to: unitsAt(Expression, found.To),
        filter: false,
        // What was really seen comes first.
        options: found.Options.toSorted((a, b) => Number(!a.Count) - Number(!b.Count)).map((option) => ({
          label: option.Label,
          type: option.Kind,
          detail: option.Count ? `${option.Count} segments` : (option.Detail ?? ""),
        })),
      };
    } catch {
      return null; // completion is a help; its absence must not be in the way
    }
  };

const check = (hooks: Hooks) => async (view: EditorView): Promise<Diagnostic[]> => {
  const Expression = view.state.doc.toString();
  if (!Expression.trim() || /^1-[0-9a-f-]+$|^[0-9a-f]{32}$/i.test(Expression.trim())) {
    hooks.onProblem(null);
    return [];
  }
  let found: Explanation;
  try {
    found = await post<Explanation>("/api/filters/explain", { Expression });
  } catch {
    return [];
  }
  const [first] = found.Problems;
  hooks.onProblem(first?.Message ?? null);
  return found.Problems.map(({ Start, End, Message, Suggestion }) => ({
    from: unitsAt(Expression, Start),
    to: unitsAt(Expression, Math.max(End, Start + 1)),
    severity: "error" as const,
    message: Message,
    ...(Suggestion ? { actions: [{
      name: `Write ${Suggestion}`,
      apply: (editor: EditorView, from: number, to: number) =>
        editor.dispatch({ changes: { from, to, insert: Suggestion } }),
    }] } : {}),
  }));
};

const look = EditorView.theme({
  "&": { borderRadius: "3px", fontSize: "13px", color: "var(--text)", background: "var(--surface)" },
  // The field around it shows the focus.
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px" },
  ".cm-content": { padding: "4px 0", caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-tooltip": { background: "var(--raised)", color: "var(--text)",
    border: "1px solid var(--line-strong)", borderRadius: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "14em" },
  ".cm-tooltip-autocomplete ul li[aria-selected]":
    { background: "var(--accent)", color: "var(--on-accent)" },
  ".cm-tooltip-autocomplete ul li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionDetail": { color: "var(--muted)", fontStyle: "normal" },
  ".cm-completionIcon": { display: "none" },
  // The library's squiggle is a data: image, which the policy refuses.
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--fault)" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground":
    { background: "var(--accent-soft) !important" },
  "&.cm-focused .cm-matchingBracket": { background: "var(--mark)" },
});

function acceptOffered(view: EditorView): boolean {
  if (completionStatus(view.state) !== "active") return false;
  if (selectedCompletionIndex(view.state) === null) moveCompletionSelection(true)(view);
  return acceptCompletion(view);
}

/**
 * Tab takes the chosen offer, or the first one. Who is quicker than the server gets the
 * first of those to come: where offers are shown, Tab is not meant to leave the field.
 */
function tabTakes(): Extension {
  let awaited = false;
  const run = (view: EditorView): boolean => {
    awaited = completionStatus(view.state) === "pending"
      && view.dom.querySelector(".cm-tooltip-autocomplete") !== null;
    return awaited || acceptOffered(view);
  };
  const take = EditorView.updateListener.of(({ docChanged, state, view }) => {
    if (docChanged) awaited = false;
    if (!awaited || completionStatus(state) === "pending") return;
    awaited = false;
    setTimeout(() => acceptOffered(view));
  });
  return [Prec.highest(keymap.of([{ key: "Tab", run }])), take];
}

export function createEditor(host: HTMLElement, text: string, hooks: Hooks): Editor {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const state = EditorState.create({
    doc: text,
    selection: { anchor: text.length },
    extensions: [
      Prec.high(keymap.of([{ key: "Enter", run: (view) => {
        hooks.onRun(view.state.doc.toString());
        return true;
      } }])),
      Prec.highest(keymap.of(completionKeymap)),
      tabTakes(),
      keymap.of([...closeBracketsKeymap, ...historyKeymap, ...defaultKeymap]),
      history(), closeBrackets(), bracketMatching(), EditorView.lineWrapping,
      language, syntaxHighlighting(colours), look,
      // Enter runs the query unless an offer was chosen: who types quickly means it.
      autocompletion({ override: [complete(hooks)], defaultKeymap: false, icons: false, selectOnOpen: false, interactionDelay: 0 }),
      linter(check(hooks), { delay: 300 }),
      placeholder('Filter expression, e.g. service("api") { fault }, or a trace id'),
      EditorView.contentAttributes.of({
        "aria-label": "Filter expression or trace id", spellcheck: "false", autocapitalize: "off",
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) hooks.onChange(update.state.doc.toString());
      }),
    ],
  });
  const view = new EditorView({ state, parent: root, root });
  return {
    set(next) {
      const now = view.state.doc.toString();
      if (now !== next)
        view.dispatch({ changes: { from: 0, to: now.length, insert: next },
                        selection: { anchor: next.length } });
    },
    // What was typed before the editor was there asks for completion, too.
    focus: () => {
      view.focus();
      if (view.state.doc.length) startCompletion(view);
    },
    destroy: () => view.destroy(),
  };
}
