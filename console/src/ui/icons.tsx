/** Line icons, 16 units square, drawn in the colour of the text around them. */

const PATHS: Record<string, string> = {
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3 14 14",
  refresh: "M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3",
  clock: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M8 4.8V8l2.2 1.6",
  close: "m4 4 8 8M12 4l-8 8",
  down: "m4 6 4 4 4-4",
  right: "m6 4 4 4-4 4",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  check: "m3 8.5 3.2 3.2L13 5",
  play: "M5 3.5v9l7.5-4.5z",
  pause: "M5 3.5v9M11 3.5v9",
  download: "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13.5h10",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  table: "M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.6h11M6.5 3v10",
  compare: "M5.5 3v10M2.5 6l3-3 3 3M10.5 13V3M7.5 10l3 3 3-3",
  link: "M6.5 9.5l3-3M7 4.8l1.3-1.3a2.8 2.8 0 0 1 4 4L11 8.8M9 11.2l-1.3 1.3a2.8 2.8 0 0 1-4-4L5 7.2",
  live: "M8 6.6a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8M4.6 11.4a4.8 4.8 0 0 1 0-6.8M11.4 4.6a4.8 4.8 0 0 1 0 6.8M2.7 13.3a7.5 7.5 0 0 1 0-10.6M13.3 2.7a7.5 7.5 0 0 1 0 10.6",
  sun: "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1",
  help: "M6 6a2 2 0 1 1 2.8 1.9c-.6.3-.8.7-.8 1.4M8 11.8v.2M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8",
  warn: "M8 2.2 14.3 13H1.7zM8 6.4v3M8 11.2v.2",
  focus: "M8 5.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2M8 1.5v2.4M8 12.1v2.4M1.5 8h2.4M12.1 8h2.4",
  // Kinds of nodes.
  client: "M8 2.6a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2M3 13.6c.4-2.6 2.4-4.2 5-4.2s4.6 1.6 5 4.2",
  service: "M3 3h10v4H3zM3 9h10v4H3zM5.2 5h.1M5.2 11h.1",
  lambda: "M4.2 3h2.2L11.6 13M7.9 6 4.4 13",
  database: "M3 4.2C3 3 5.2 2.2 8 2.2s5 .8 5 2-2.2 2-5 2-5-.8-5-2M3 4.2v7.6c0 1.2 2.2 2 5 2s5-.8 5-2V4.2M3 8c0 1.2 2.2 2 5 2s5-.8 5-2",
  bucket: "M2.8 4h10.4l-1.4 9.2H4.2zM2.8 4c0-.9 2.3-1.6 5.2-1.6s5.2.7 5.2 1.6",
  queue: "M2 5h3v6H2zM6.5 5h3v6h-3zM11 5h3v6h-3z",
  topic: "M3 6.5v3h2L11 13V3L5 6.5zM13 6.3a3 3 0 0 1 0 3.4",
  container: "M8 2 13.5 5v6L8 14 2.5 11V5zM2.5 5 8 8l5.5-3M8 8v6",
  gateway: "M2.5 8h11M9.5 4.5 13.5 8l-4 3.5M5 3v10",
  flow: "M6 2.5h4v3H6zM2 10.5h4v3H2zM10 10.5h4v3h-4zM8 5.5V8M4 10.5V8h8v2.5",
  remote: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M2 8h12M8 2c2.2 2 2.2 10 0 12M8 2c-2.2 2-2.2 10 0 12",
};

export function Icon({ name, size = 16 }: { name: string; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={iconPath(name)} />
    </svg>
  );
}

export const iconPath = (name: string) => PATHS[name] ?? PATHS["service"]!;

/** What X-Ray calls a type, as an icon; the longest matching beginning wins. */
const KINDS: readonly [RegExp, string][] = [
  [/^client$/, "client"],
  [/^AWS::Lambda/, "lambda"],
  [/^(AWS::DynamoDB|AWS::RDS|Database::|AWS::Redshift|AWS::ElastiCache)/, "database"],
  [/^AWS::S3/, "bucket"],
  [/^(AWS::SQS|AWS::Kinesis|AWS::Firehose)/, "queue"],
  [/^(AWS::SNS|AWS::Events)/, "topic"],
  [/^AWS::(ECS|EKS|AppRunner)/, "container"],
  [/^AWS::(ApiGateway|APIGateway|AppSync|AppMesh|ElasticLoad)/, "gateway"],
  [/^AWS::StepFunctions/, "flow"],
  [/^remote$/, "remote"],
];

export const kindIcon = (type: string | null | undefined) =>
  KINDS.find(([pattern]) => pattern.test(type ?? ""))?.[1] ?? "service";
