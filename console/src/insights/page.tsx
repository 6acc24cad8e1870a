/** Insights: periods with more faults than expected. */
export function InsightsPage({ id }: { id: string }) { return <p>{id}</p>; }
