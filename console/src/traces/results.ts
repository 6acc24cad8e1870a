/** Summaries as they come in: newest first, page by page, up to a limit. */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { signal } from "@preact/signals";
import { summaryPages } from "../lib/api";
import type { Span } from "../lib/time";
import type { TraceSummary } from "../lib/types";

export interface Results {
  traces: TraceSummary[];
  scanned: number;
  /** How much of the period has been looked through, 0..1. */
  covered: number;
  loading: boolean;
  /** More match than were taken. */
  capped: boolean;
  error: Error | null;
  seconds: number;
}

const NOTHING: Results = {
  traces: [], scanned: 0, covered: 0, loading: true, capped: false, error: null, seconds: 0,
};

export function useResults(span: Span, filter: string, most: number) {
  const results = useMemo(() => signal<Results>(NOTHING), []);
  const asked = useRef("");
  useEffect(() => {
    const control = new AbortController();
    // Asked again, what is shown stays until the new answer begins.
    const same = asked.current === filter;
    asked.current = filter;
    results.value = { ...(same ? results.peek() : NOTHING), loading: true, error: null };
    void run(span, filter, most, control.signal, (next) => {
      if (!control.signal.aborted) results.value = next;
    });
    return () => control.abort();
  }, [span.start, span.end, filter, most]);
  return results;
}

async function run(
  span: Span, filter: string, most: number, stop: AbortSignal, tell: (r: Results) => void,
): Promise<void> {
  const began = performance.now();
  const traces: TraceSummary[] = [];
  let scanned = 0;
  let covered = 0;
  let error: Error | null = null;
  let capped = false;
  const now = (loading: boolean): Results => ({
    traces: traces.slice(0, most), scanned, covered, loading, capped, error,
    seconds: (performance.now() - began) / 1000,
  });
  try {
    for await (const page of summaryPages({ span, filter }, stop)) {
      traces.push(...page.TraceSummaries);
      scanned += page.TracesProcessedCount ?? page.TraceSummaries.length;
      const reached = page.NextToken ? (page.ApproximateTime ?? span.start) : span.start;
      covered = Math.min(1, (span.end - reached) / (span.end - span.start));
      if (traces.length >= most && (page.NextToken || traces.length > most)) {
        capped = true;
        break;
      }
      tell(now(true));
    }
  } catch (problem) {
    error = problem as Error;
  }
  tell(now(false));
}
