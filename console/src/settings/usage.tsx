/** How much this server recorded and read, and what AWS would have charged. */

import { get } from "../lib/api";
import { useQuery } from "../lib/query";
import { refresh, refreshed } from "../lib/router";
import { plain } from "../lib/time";
import { Loading, Problem } from "../ui/parts";

interface Measures {
  Recorded: number;
  Retrieved: number;
  Scanned: number;
}
interface UsageAnswer {
  Days: (Measures & { Day: string })[];
  Months: (Measures & { Month: string; AwsPriceUsd: number })[];
}

export function Usage() {
  const { data, error } = useQuery([refreshed.value], (stop) => get<UsageAnswer>("/api/usage?days=31", stop));
  if (error && !data) return <Problem error={error} retry={refresh} />;
  if (!data) return <Loading what="usage" />;
  const most = Math.max(1, ...data.Days.map((d) => d.Recorded));
  const busy = data.Days.filter((d) => d.Recorded || d.Retrieved || d.Scanned).reverse();
  const quiet = data.Days.length - busy.length;
  return (
    <>
      <div class="month-tiles">
        {data.Months.filter((month, i) => month.Recorded || month.Retrieved || month.Scanned || i === data.Months.length - 1).map((month) => (
          <section key={month.Month} class="card">
            <h2>{month.Month}</h2>
            <p class="big">${month.AwsPriceUsd.toFixed(2)}</p>
            <p class="muted">AWS X-Ray's price for {plain(month.Recorded)} traces recorded, {plain(month.Retrieved)} retrieved and {plain(month.Scanned)} scanned, its free tier left out</p>
          </section>
        ))}
      </div>
      <div class="scroll-x" role="region" aria-label="Usage by day" tabIndex={0}>
      <table>
        <thead><tr><th scope="col">Day (UTC)</th><th scope="col" class="number">Recorded</th><th scope="col"><span class="visually-hidden">Picture</span></th><th scope="col" class="number">Retrieved</th><th scope="col" class="number">Scanned</th></tr></thead>
        <tbody>
          {busy.map((day) => (
            <tr key={day.Day}>
              <td class="day">{day.Day}</td><td class="number">{plain(day.Recorded)}</td>
              <td class="picture-cell"><i class="usage-bar" style={{ width: `${(100 * day.Recorded) / most}%` }} /></td>
              <td class="number">{plain(day.Retrieved)}</td><td class="number">{plain(day.Scanned)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      </div>
      {quiet > 0 && <p class="muted">{busy.length ? `Nothing on the other ${plain(quiet)} of` : "Nothing on"} the last {plain(data.Days.length)} days.</p>}
    </>
  );
}
