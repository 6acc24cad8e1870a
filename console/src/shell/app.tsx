/** The frame around every page: navigation, time, group, theme, keyboard. */

import { useEffect, useState } from "preact/hooks";
import { pastedTraceId } from "../lib/filter";
import { lockedOut } from "../lib/api";
import { useKeys, keySheet } from "../lib/keys";
import { setTheme, theme, THEMES } from "../lib/prefs";
import { go, group, href, page, refresh, route } from "../lib/router";
import { MapPage } from "../map/page";
import { Icon } from "../ui/icons";
import { Dialog, Popover } from "../ui/parts";
import { lazy } from "./lazy";
import { GroupPicker } from "./group_picker";
import { Login } from "./login";
import { TimePicker } from "./time_picker";

const TracesPage = lazy(() => import("../traces/page").then((m) => m.TracesPage));
const TracePage = lazy(() => import("../trace/page").then((m) => m.TracePage));
const AnalyticsPage = lazy(() => import("../analytics/page").then((m) => m.AnalyticsPage));
const SettingsPage = lazy(() => import("../settings/page").then((m) => m.SettingsPage));
const InsightsPage = lazy(() => import("../insights/page").then((m) => m.InsightsPage));
const StartPage = lazy(() => import("../start/page").then((m) => m.StartPage));

interface Place {
  page: string;
  label: string;
  letter: string;
}
const PLACES: readonly Place[] = [
  { page: "service-map", label: "Service map", letter: "m" },
  { page: "traces", label: "Traces", letter: "t" },
  { page: "analytics", label: "Analytics", letter: "a" },
  { page: "insights", label: "Insights", letter: "i" },
];
const CONFIGURATION: readonly Place[] = [
  { page: "sampling", label: "Sampling", letter: "s" },
  { page: "groups", label: "Groups", letter: "o" },
  { page: "encryption", label: "Encryption", letter: "e" },
  { page: "keys", label: "Keys", letter: "k" },
  { page: "usage", label: "Usage", letter: "u" },
  { page: "health", label: "Health", letter: "h" },
];
const START: Place = { page: "getting-started", label: "Connect", letter: "c" };
const ALL = [...PLACES, ...CONFIGURATION, START];
/** Pages that read a period of time. */
const TIMED = new Set(["service-map", "traces", "analytics", "insights"]);

export function App() {
  const [help, setHelp] = useState(false);
  useKeys([
    { keys: "?", does: "Show these keys", run: () => setHelp(true) },
    { keys: "r", does: "Refresh", run: refresh },
    { keys: "/", does: "Go to the search field", run: focusSearch },
    ...ALL.map(({ page: name, label, letter }) =>
      ({ keys: `g ${letter}`, does: `Go to ${label}`, run: () => go(name) })),
  ], [], "Everywhere");
  usePasteToOpen();
  const place = ALL.find((known) => known.page === page.value);
  const trace = page.value === "traces" ? route.value.parts[0] : undefined;
  useEffect(() => {
    document.title = `${trace ?? place?.label ?? "Fluoro"} – Fluoro`;
  }, [place, trace]);
  return (
    <>
      <a class="skip" href="#main" onClick={(e) => {
        e.preventDefault();
        document.getElementById("main")?.focus();
      }}>Skip to content</a>
      <Header onHelp={() => setHelp(true)} timed={TIMED.has(page.value) && !trace} />
      <main id="main" tabIndex={-1} class={`page-${page.value}`}><CurrentPage /></main>
      {lockedOut.value && <Login />}
      {help && <KeySheet onClose={() => setHelp(false)} />}
    </>
  );
}

function CurrentPage() {
  const [id, view] = route.value.parts;
  switch (page.value) {
    case "service-map": return <MapPage />;
    case "traces": return id ? <TracePage key={id} id={id} raw={view === "raw"} /> : <TracesPage />;
    case "analytics": return <AnalyticsPage />;
    case "insights": return <InsightsPage id={id ?? ""} />;
    case "getting-started": return <StartPage />;
  }
  if (CONFIGURATION.some((known) => known.page === page.value))
    return <SettingsPage page={page.value} />;
  return (
    <div class="empty">
      <h1>No such page</h1>
      <p>The address names a page that this console does not have.</p>
      <a class="button" href={href("service-map")}>Open the service map</a>
    </div>
  );
}

function Header({ onHelp, timed }: { onHelp: () => void; timed: boolean }) {
  return (
    <header class="top">
      <a class="brand" href={href("service-map")} aria-label="Fluoro, service map">
        <img src="/favicon.svg" alt="" width="22" height="22" /> <span>Fluoro</span>
      </a>
      <nav aria-label="Pages">
        {PLACES.map((place) => <NavLink key={place.page} {...place} />)}
        <Popover label={<>Configuration <Icon name="down" size={12} /></>}
          class={CONFIGURATION.some((p) => p.page === page.value) ? "here" : ""}>
          {(close) => (
            <ul class="menu">
              {CONFIGURATION.map((p) => (
                <li key={p.page}><a href={href(p.page)} onClick={close}>{p.label}</a></li>
              ))}
            </ul>
          )}
        </Popover>
        <NavLink {...START} />
      </nav>
      <div class="controls">
        {timed && <GroupPicker chosen={group.value} />}
        {timed && <TimePicker />}
        <button type="button" class="square" title="Refresh (r)" aria-label="Refresh" onClick={refresh}>
          <Icon name="refresh" />
        </button>
        <ThemePicker />
        <button type="button" class="square" title="Keyboard (?)" aria-label="Keyboard shortcuts" onClick={onHelp}>
          <Icon name="help" />
        </button>
      </div>
    </header>
  );
}

const NavLink = ({ page: name, label }: Place) => (
  <a class="place" href={href(name)} aria-current={page.value === name ? "page" : undefined}>{label}</a>
);

function ThemePicker() {
  return (
    <Popover title="Theme" align="right" class="theme-picker" label={<Icon name="sun" />}>
      {(close) => (
        <div class="menu" role="group" aria-label="Theme">
          {THEMES.map((name) => (
            <button key={name} type="button" aria-pressed={theme.value === name}
              onClick={() => { setTheme(name); close(); }}>
              {{ system: "As the system", light: "Light", dark: "Dark", contrast: "High contrast" }[name]}
            </button>
          ))}
        </div>
      )}
    </Popover>
  );
}

function KeySheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose} wide>
      {keySheet().map(([where, list]) => (
        <section key={where} class="keys-of">
          <h3>{where}</h3>
          <dl class="keys">
            {list.map(({ keys, does }) => (
              <div key={keys + does}>
                <dt>{(keys === " " ? [keys] : keys.split(" ")).map((key) => <kbd key={key}>{KEY_NAMES[key] ?? key}</kbd>)}</dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p class="muted">Paste a trace id anywhere to open the trace.</p>
    </Dialog>
  );
}

const KEY_NAMES: Record<string, string> = {
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", " ": "Space",
};

function focusSearch(): void {
  const field = document.querySelector<HTMLElement>("[data-search]");
  field?.dispatchEvent(new CustomEvent("focus-search"));
  field?.focus();
}

/** A trace id pasted outside of a field opens the trace. */
function usePasteToOpen(): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const target = event.composedPath()[0];
      if (target instanceof HTMLElement &&
          (target.isContentEditable || /^(INPUT|TEXTAREA)$/.test(target.tagName))) return;
      const id = pastedTraceId(event.clipboardData?.getData("text") ?? "");
      if (id) go(`traces/${id}`);
    };
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, []);
}
