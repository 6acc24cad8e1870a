export function SettingsPage({ page }: { page: string }) { return <p>{page}</p>; }
