/** Time ranges as X-Ray's links write them, and times as people read them. */

/** A window in epoch seconds. */
export interface Span {
  start: number;
  end: number;
}
/** What the picker holds: the last so many seconds, or a fixed window. */
export type Range = { seconds: number } | Span;

export const DEFAULT_RANGE: Range = { seconds: 900 };

/** From here on a minute more or less is not seen. */
const SHORT_SECONDS = 600;

export const PRESETS: readonly [string, number][] = [
  ["1 minute", 60], ["5 minutes", 300], ["15 minutes", 900], ["30 minutes", 1800],
  ["1 hour", 3600], ["3 hours", 10800], ["6 hours", 21600], ["12 hours", 43200],
  ["1 day", 86400], ["3 days", 259200], ["1 week", 604800], ["2 weeks", 1209600],
  ["30 days", 2592000],
];

const UNITS: readonly [string, number][] = [["D", 86400], ["H", 3600], ["M", 60], ["S", 1]];
const DURATION =
  /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i;
const MOMENT =
  /^(\d{4})-(\d{1,2})-(\d{1,2})T(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d*)?)?Z?$/i;

function parseMoment(text: string): number | null {
  const m = MOMENT.exec(text.trim());
  if (!m) return null;
  const [year, month, day, hour, minute, second, milli] =
    m.slice(1).map((part) => Number(part ?? 0)) as [
      number, number, number, number, number, number, number];
  const fraction = m[7] ? milli / 10 ** m[7].length : 0;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  return Number.isNaN(ms) ? null : ms / 1000 + fraction;
}

/** `PT15M`, `P1D` or `start~end` (UTC, month without zero accepted); null if neither. */
export function parseRange(text: string | null): Range | null {
  if (!text) return null;
  const relative = DURATION.exec(text);
  if (relative) {
    const [w, d, h, m, s] = relative.slice(1).map((part) => Number(part ?? 0)) as [
      number, number, number, number, number];
    const seconds = ((w * 7 + d) * 24 + h) * 3600 + m * 60 + s;
    return seconds > 0 ? { seconds } : null;
  }
  const [from, to] = text.replaceAll("%3A", ":").replaceAll("%7E", "~").split("~");
  const start = parseMoment(from ?? "");
  const end = parseMoment(to ?? "");
  return start !== null && end !== null && end > start ? { start, end } : null;
}

export function formatRange(range: Range): string {
  if ("start" in range) return `${iso(range.start)}~${iso(range.end)}`;
  let left = range.seconds;
  let date = "";
  let time = "";
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (!count) continue;
    if (unit === "D") date = `${count}D`;
    else time += `${count}${unit}`;
  }
  return `P${date}${time ? `T${time}` : ""}`;
}

const iso = (seconds: number) =>
  new Date(seconds * 1000).toISOString().replace(".000Z", "Z");

/**
 * A relative range begins with a whole minute, a short one with a whole second, where
 * what the server has rolled up begins: it need not derive the piece before from rows.
 */
export function resolve(range: Range, now: number): Span {
  if ("start" in range) return range;
  const unit = range.seconds < SHORT_SECONDS ? 1 : 60;
  return { start: Math.floor((now - range.seconds) / unit) * unit, end: now };
}

/** "Last 15 minutes", or the two ends. */
export function rangeLabel(range: Range): string {
  if ("start" in range) return `${dateTime(range.start)} – ${dateTime(range.end)}`;
  const preset = PRESETS.find(([, seconds]) => seconds === range.seconds);
  return `Last ${preset ? preset[0].replace(/^1 /, "") : formatRange(range)}`;
}

export const dateTime = (seconds: number) =>
  new Date(seconds * 1000).toLocaleString(undefined, {
    ...(new Date(seconds * 1000).getFullYear() !== new Date().getFullYear() && { year: "numeric" }),
    month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
    hour12: false,
  });

export const clockTime = (seconds: number, withSeconds = true) =>
  new Date(seconds * 1000).toLocaleTimeString(undefined, {
    hour: "2-digit", minute: "2-digit", hour12: false,
    ...(withSeconds ? { second: "2-digit" } : {}),
  });

/** How long ago, in one unit: "12 s", "3 min", "5 h", "2 d". */
export function age(seconds: number, now: number): string {
  const gone = Math.max(0, now - seconds);
  if (gone < 60) return `${Math.floor(gone)} s`;
  if (gone < 3600) return `${Math.floor(gone / 60)} min`;
  if (gone < 86400) return `${Math.floor(gone / 3600)} h`;
  return `${Math.floor(gone / 86400)} d`;
}

/** A length of time with three significant digits: "0.41 ms", "12.3 ms", "1.24 s". */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  // Rounded before the unit is chosen: 0.99999 ms is 1 ms, not 1000 µs.
  const size = Math.abs(Number(seconds.toPrecision(3)));
  if (size === 0) return "0 ms";
  if (size < 0.001) return `${significant(seconds * 1e6)} µs`;
  if (size < 1) return `${significant(seconds * 1000)} ms`;
  if (size < 60) return `${significant(seconds)} s`;
  if (size < 3600) return inTwo(Math.round(seconds), "min", "s");
  return inTwo(Math.round(seconds / 60), "h", "min");
}

const inTwo = (whole: number, large: string, small: string) =>
  `${Math.floor(whole / 60)} ${large} ${whole % 60} ${small}`;

const significant = (value: number) => String(Number(value.toPrecision(3)));

const COMPACT = new Intl.NumberFormat(undefined, {
  notation: "compact", maximumFractionDigits: 1 });
const PLAIN = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
export const compact = (value: number) => COMPACT.format(value);
export const plain = (value: number) => PLAIN.format(value);

export function percent(part: number, whole: number): string {
  if (!whole) return "–";
  const share = (100 * part) / whole;
  if (share > 0 && share < 0.1) return "<0.1 %";
  return `${share >= 10 || Number.isInteger(share) ? Math.round(share) : share.toFixed(1)} %`;
}

export const DURATION_HINT = "A number and s, m, h, d or w: 90s, 45m, 36h";
const LENGTHS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/** Seconds in "45m", "36h", "2d" or an ISO 8601 duration; null when it is neither. */
export function parseLength(text: string): number | null {
  const m = /^\s*(\d+(?:\.\d+)?)\s*([smhdw])[a-z]*\s*$/i.exec(text);
  if (m) return Number(m[1]) * (LENGTHS[m[2]!.toLowerCase()] ?? 0) || null;
  const range = parseRange(text.trim());
  return range && "seconds" in range ? range.seconds : null;
}
