/** Configuration: one page a subject, tabs between them. */

import type { ComponentType } from "preact";
import { go } from "../lib/router";
import { Tabs } from "../ui/parts";
import { Encryption } from "./encryption";
import { Groups } from "./groups";
import { Health } from "./health";
import { Keys } from "./keys";
import { Sampling } from "./sampling";
import { Usage } from "./usage";
import "../style/settings.css";

const PAGES: Record<string, [string, ComponentType]> = {
  sampling: ["Sampling rules", Sampling],
  groups: ["Groups", Groups],
  encryption: ["Encryption", Encryption],
  keys: ["Keys", Keys],
  usage: ["Usage", Usage],
  health: ["Health", Health],
};

export function SettingsPage({ page }: { page: string }) {
  const [title, Shown] = PAGES[page]!;
  return (
    <div class="settings-page">
      <h1>{title}</h1>
      <Tabs label="Configuration" chosen={page} onChoose={(to) => go(to)}
        tabs={Object.entries(PAGES).map(([name, [label]]) => [name, label] as const)}>
        <Shown />
      </Tabs>
    </div>
  );
}
