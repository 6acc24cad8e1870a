/** Keyboard: pages register bindings while they are shown; `?` lists them. */

import { useLayoutEffect } from "preact/hooks";
import { signal } from "@preact/signals";

export interface Binding {
  /** "g m" is g and then m; names are KeyboardEvent.key. */
  keys: string;
  does: string;
  /** Absent where the part of the page that has the focus sees to it by itself. */
  run?: () => void;
}
interface Listing {
  where: string;
  list: readonly Binding[];
}

const shown = signal<readonly Listing[]>([]);
const bindings = () => shown.value.flatMap(({ list }) => list.filter(({ run }) => run));

/** Every key that means something now, by where it does; the page's own come first. */
export function keySheet(): [where: string, list: Binding[]][] {
  const places = new Map<string, Map<string, Binding>>();
  for (const { where, list } of shown.value.toReversed()) {
    const place = places.get(where) ?? new Map<string, Binding>();
    places.set(where, place);
    for (const one of list) place.set(one.keys + one.does, one);
  }
  return [...places].map(([where, list]) => [where, [...list.values()]]);
}

export function useKeys(
  list: readonly Binding[], dependencies: readonly unknown[] = [], where = "On this page",
): void {
  // Before it is painted: whoever sees a page can press its keys.
  useLayoutEffect(() => {
    const own = { where, list };
    shown.value = [...shown.peek(), own];
    return () => { shown.value = shown.peek().filter((other) => other !== own); };
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
    hit.run?.();
  } else if (all.some((b) => b.keys.startsWith(`${event.key} `))) {
    pending = event.key;
    pendingAt = event.timeStamp;
  }
});
