/** Small parts that every page uses. */

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { OUTCOME, OUTCOMES, type Counts, type Outcome } from "../lib/stats";
import { percent } from "../lib/time";
import { Icon } from "./icons";

export function OutcomeMark({ outcome, text }: { outcome: Outcome; text?: string }) {
  const { label, mark } = OUTCOME[outcome];
  return (
    <span class={`outcome ${outcome}`}>
      <span class="mark" aria-hidden="true">{mark}</span>
      {text ?? label}
    </span>
  );
}

/** The shares of the four outcomes as one bar; numbers stand in its title. */
export function OutcomeBar({ counts }: { counts: Counts }) {
  const said = OUTCOMES.filter((name) => counts[name] > 0)
    .map((name) => `${OUTCOME[name].label} ${percent(counts[name], counts.total)}`)
    .join(", ");
  return (
    <span class="outcome-bar" role="img" aria-label={said || "no requests"} title={said}>
      {OUTCOMES.map((name) => counts[name] > 0 && (
        <span key={name} class={`fill ${name}`} style={{ flexGrow: counts[name] }} />
      ))}
    </span>
  );
}

export function CopyButton({ text, label = "Copy" }: { text: () => string; label?: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await copyText(text());
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return (
    <button type="button" class="quiet" onClick={() => void copy()}>
      <Icon name={done ? "check" : "copy"} /> {done ? "Copied" : label}
    </button>
  );
}

/** Where the page is not on a trustworthy origin there is no clipboard API. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

export function Problem({ error, retry }: { error: Error; retry?: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <Icon name="warn" />
      <span>{explain(error)}</span>
      {retry && <button type="button" onClick={retry}>Try again</button>}
    </div>
  );
}

/** A network failure has a browser's wording; say what it means here. */
const explain = (error: Error) =>
  error instanceof TypeError
    ? "The server does not answer. Is Fluoro still running?"
    : error.message;

export const Loading = ({ what }: { what: string }) => (
  <p class="loading" role="status">Loading {what}…</p>
);

/** A button that opens a panel under it; Escape and a click outside close it. */
export function Popover({ label, title, children, align = "left", class: extra = "" }: {
  label: ComponentChildren; title?: string; align?: "left" | "right"; class?: string;
  children: (close: () => void) => ComponentChildren;
}) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = () => { setOpen(false); button.current?.focus(); };
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event) => {
      if (!event.composedPath().includes(root.current!)) setOpen(false);
    };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, [open]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open) return;
    event.preventDefault();
    close();
  };
  return (
    <div class={`popover ${extra}`} ref={root} onKeyDown={onKeyDown}>
      <button type="button" ref={button} aria-expanded={open} aria-controls={id}
        aria-label={title} title={title} onClick={() => setOpen(!open)}>
        {label}
      </button>
      {open && <div class={`sheet ${align}`} id={id}>{children(close)}</div>}
    </div>
  );
}

/** A modal dialog on the browser's own element: focus stays in, Escape closes, and the
 * focus goes back to where it was. */
export function Dialog({ title, onClose, children, wide = false }: {
  title: string; onClose: () => void; children: ComponentChildren; wide?: boolean;
}) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    element.current?.showModal();
    return () => {
      // Taken out of the page it does not give the focus back by itself.
      const back = before instanceof HTMLElement && before.isConnected ? before : document.getElementById("main");
      back?.focus();
    };
  }, []);
  return (
    <dialog ref={element} class={wide ? "wide" : ""} aria-label={title} onClose={onClose}
      onClick={(event) => { if (event.target === element.current) onClose(); }}>
      <header>
        <h2>{title}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="body">{children}</div>
    </dialog>
  );
}

/** Tabs by ARIA's pattern: arrows move, the panel is labelled by its tab. */
export function Tabs<T extends string>({ label, tabs, chosen, onChoose, children }: {
  label: string; tabs: readonly (readonly [T, ComponentChildren])[]; chosen: T;
  onChoose: (tab: T) => void; children: ComponentChildren;
}) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = tabs.findIndex(([name]) => name === chosen);
    const next = tabs[(at + step + tabs.length) % tabs.length]!;
    onChoose(next[0]);
    list.current?.querySelector<HTMLElement>(`[data-tab="${CSS.escape(next[0])}"]`)?.focus();
  };
  return (
    <div class="tabs">
      <div role="tablist" aria-label={label} ref={list} onKeyDown={move}>
        {tabs.map(([name, text]) => (
          <button key={name} type="button" role="tab" id={`${id}-${name}`} data-tab={name}
            aria-selected={name === chosen} aria-controls={`${id}-panel`}
            tabIndex={name === chosen ? 0 : -1} onClick={() => onChoose(name)}>
            {text}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`} tabIndex={0}>
        {children}
      </div>
    </div>
  );
}

/** One of a few, as a row of buttons. */
export function Choice<T extends string>({ label, options, value, onChange }: {
  label: string; options: readonly (readonly [T, string])[]; value: T;
  onChange: (value: T) => void;
}) {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map(([name, text]) => (
        <button key={name} type="button" aria-pressed={name === value}
          onClick={() => onChange(name)}>{text}</button>
      ))}
    </div>
  );
}
