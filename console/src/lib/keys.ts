/** Keyboard: pages register bindings while they are shown; `?` lists them. */

import { useEffect } from "preact/hooks";
import { signal } from "@preact/signals";

export interface Binding {
  /** "g m" is g and then m; names are KeyboardEvent.key. */
  keys: string;
  does: string;
  run: () => void;
}

const shown = signal<readonly Binding[][]>([]);
export const bindings = () => shown.value.flat();

export function useKeys(list: Binding[], dependencies: readonly unknown[] = []): void {
  useEffect(() => {
    shown.value = [...shown.peek(), list];
    return () => { shown.value = shown.peek().filter((other) => other !== list); };
  }, dependencies);
}

/** Keys belong to the field that has the focus. */
function typing(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

function onControl(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  return target instanceof Element && target.closest("button, a, [role=tab]") !== null;
}

let pending = "";
let pendingAt = 0;

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event) && event.key !== "Escape") return;
  // A dialog closes itself, and a button that has the focus means itself.
  if (document.querySelector("dialog[open]")) return;
  if ((event.key === "Enter" || event.key === " ") && onControl(event)) return;
  const prefix = event.timeStamp - pendingAt < 1200 && pending ? `${pending} ` : "";
  const typed = prefix + event.key;
  const all = bindings();
  // The newest registration wins: a panel over the page it stands on.
  const hit = all.findLast((b) => b.keys === typed) ??
    all.findLast((b) => b.keys === event.key);
  pending = "";
  if (hit) {
    event.preventDefault();
    hit.run();
  } else if (all.some((b) => b.keys.startsWith(`${event.key} `))) {
    pending = event.key;
    pendingAt = event.timeStamp;
  }
});
