/** Which group's traces the pages show; "Default" is all of them. */

import { groups } from "../lib/api";
import { useQuery } from "../lib/query";
import { refreshed, setParams } from "../lib/router";

export function GroupPicker({ chosen }: { chosen: string }) {
  const { data } = useQuery([refreshed.value], groups);
  const names = (data ?? []).map((group) => group.GroupName).filter((n) => n !== "Default");
  if (chosen && chosen !== "Default" && !names.includes(chosen)) names.push(chosen);
  return (
    <label class="group-picker">
      <span class="visually-hidden">Group</span>
      <select value={chosen || "Default"} onChange={(event) => {
        const name = event.currentTarget.value;
        setParams({ group: name === "Default" ? null : name });
      }}>
        <option value="Default">Default group</option>
        {names.map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
    </label>
  );
}
