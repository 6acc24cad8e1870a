/** Groups: a name for an expression, used on every page. */

import { useState } from "preact/hooks";
import { groups, post } from "../lib/api";
import { useQuery } from "../lib/query";
import { href, refresh, refreshed } from "../lib/router";
import type { Group } from "../lib/types";
import { Dialog, Loading, Problem } from "../ui/parts";
import { Field, Form } from "../ui/form";

type Task = { kind: "create" | "clone" | "edit" | "delete"; group: Group | null };

export function Groups() {
  const { data, error } = useQuery([refreshed.value], groups);
  const [task, setTask] = useState<Task | null>(null);
  if (error && !data) return <Problem error={error} retry={refresh} />;
  if (!data) return <Loading what="groups" />;
  const done = () => { setTask(null); refresh(); };
  return (
    <>
      <p class="muted">A group shows the traces that match its expression now, old ones included.</p>
      <p class="actions"><button type="button" class="primary" onClick={() => setTask({ kind: "create", group: null })}>Create group</button></p>
      <div class="scroll-x" role="region" aria-label="Groups" tabIndex={0}>
        <table class="group-list">
          <thead><tr><th scope="col">Name</th><th scope="col">Filter expression</th><th scope="col">Insights</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
          <tbody>
            {data.map((group) => (
              <tr key={group.GroupName}>
                <td><a href={href("service-map", { group: group.GroupName === "Default" ? null : group.GroupName })}>{group.GroupName}</a></td>
                <td>{group.FilterExpression ? <code>{group.FilterExpression}</code> : <span class="muted">every trace</span>}</td>
                <td>{group.InsightsConfiguration?.InsightsEnabled ? "on" : "off"}</td>
                <td class="row-actions">
                  {(["edit", "clone", "delete"] as const).map((kind) => (kind === "edit" || group.GroupName !== "Default") && (
                    <button key={kind} type="button" class={`quiet ${kind === "delete" ? "danger" : ""}`}
                      aria-label={`${NAMES[kind]} ${group.GroupName}`} onClick={() => setTask({ kind, group })}>{NAMES[kind]}</button>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {task && <TaskDialog task={task} onDone={done} onClose={() => setTask(null)} />}
    </>
  );
}

const NAMES = { create: "Create", clone: "Clone", edit: "Edit", delete: "Delete" } as const;

function TaskDialog({ task: { kind, group }, onDone, onClose }: { task: Task; onDone: () => void; onClose: () => void }) {
  const GroupName = group?.GroupName ?? "";
  const fixed = GroupName === "Default";
  const submit = (data: FormData) => {
    if (kind === "delete") return post("/DeleteGroup", { GroupName });
    const FilterExpression = String(data.get("FilterExpression") ?? "").trim();
    const InsightsConfiguration = {
      InsightsEnabled: data.has("InsightsEnabled"), NotificationsEnabled: data.has("NotificationsEnabled"),
    };
    if (kind === "edit")
      return post("/UpdateGroup", { GroupName, InsightsConfiguration, ...(fixed ? {} : { FilterExpression }) });
    return post("/CreateGroup", { GroupName: String(data.get("GroupName")).trim(), FilterExpression, InsightsConfiguration });
  };
  const insights = group?.InsightsConfiguration;
  return (
    <Dialog title={group ? `${NAMES[kind]} ${GroupName}` : "Create group"} onClose={onClose}>
      <Form label={kind === "edit" ? "Save" : NAMES[kind]} danger={kind === "delete"} onSubmit={submit} onDone={onDone}>
        {kind === "delete"
          ? <p>Its traces stay; only the group goes.</p>
          : (
            <>
              {kind !== "edit" && <Field name="GroupName" label="Name" required maxLength={32} value={group ? `${GroupName}-clone`.slice(0, 32) : ""} hint="cannot be changed later" />}
              {!fixed && <Field name="FilterExpression" label="Filter expression" required value={group?.FilterExpression ?? ""} />}
              <label class="check"><input type="checkbox" name="InsightsEnabled" defaultChecked={!!insights?.InsightsEnabled} /> Enable insights</label>
              <label class="check"><input type="checkbox" name="NotificationsEnabled" defaultChecked={!!insights?.NotificationsEnabled} /> Enable notifications</label>
              <p class="muted">Both are kept with the group; this version makes no insights yet.</p>
            </>
          )}
      </Form>
    </Dialog>
  );
}
