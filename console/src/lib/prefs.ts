/** What a person chose for this browser: theme and the history of expressions. */

import { effect, signal } from "@preact/signals";

function stored(name: string): string | null {
  try {
    return localStorage.getItem(`fluoro.${name}`);
  } catch {
    return null; // storage is switched off: choices last as long as the page
  }
}

function store(name: string, value: string): void {
  try {
    localStorage.setItem(`fluoro.${name}`, value);
  } catch {
    // as above
  }
}

export const THEMES = ["system", "light", "dark", "contrast"] as const;
export type Theme = (typeof THEMES)[number];

const known = stored("theme");
export const theme = signal<Theme>(THEMES.find((name) => name === known) ?? "system");

const darkness = matchMedia("(prefers-color-scheme: dark)");
const contrast = matchMedia("(prefers-contrast: more)");
const system = signal(0);
for (const query of [darkness, contrast])
  query.addEventListener("change", () => { system.value++; });

effect(() => {
  system.value;
  const preferred = contrast.matches ? "contrast" : darkness.matches ? "dark" : "light";
  document.documentElement.dataset["theme"] =
    theme.value === "system" ? preferred : theme.value;
});

export function setTheme(to: Theme): void {
  theme.value = to;
  store("theme", to);
}

const HISTORY_MOST = 30;

function readHistory(): string[] {
  try {
    const found: unknown = JSON.parse(stored("history") ?? "[]");
    return Array.isArray(found) ? found.filter((x) => typeof x === "string") : [];
  } catch {
    return [];
  }
}

export const history = signal<string[]>(readHistory());

export function remember(expression: string): void {
  if (!expression.trim()) return;
  history.value = [expression, ...history.value.filter((old) => old !== expression)]
    .slice(0, HISTORY_MOST);
  store("history", JSON.stringify(history.value));
}
