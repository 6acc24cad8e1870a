/** How each kind of client is pointed at this server, ready to copy. */

export interface Place {
  host: string;
  hostname: string;
  port: string;
  origin: string;
}
export interface Step {
  title: string;
  code: string;
}
export interface Client {
  id: string;
  label: string;
  steps: (place: Place) => Step[];
}

/** Any keys will do on this machine, but the tools insist on some. */
const KEYS = "export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1";

export const CLIENTS: readonly Client[] = [
  {
    id: "python", label: "X-Ray SDK for Python",
    steps: ({ host }) => [
      { title: "Environment (the default when Fluoro runs on port 2000)", code: `export AWS_XRAY_DAEMON_ADDRESS=${host}` },
      { title: "A first trace", code: `pip install aws-xray-sdk

from aws_xray_sdk.core import xray_recorder

xray_recorder.configure(service="hello", sampling=False)
with xray_recorder.in_segment("hello") as segment:
    segment.put_annotation("who", "world")
    with xray_recorder.in_subsegment("work"):
        pass` },
    ],
  },
  {
    id: "node", label: "Node.js",
    steps: ({ host }) => [
      { title: "Environment", code: `export AWS_XRAY_DAEMON_ADDRESS=${host}` },
      { title: "Express", code: `// npm install aws-xray-sdk
const AWSXRay = require("aws-xray-sdk");
app.use(AWSXRay.express.openSegment("hello"));
app.get("/", (request, response) => response.send("hello"));
app.use(AWSXRay.express.closeSegment());` },
    ],
  },
  {
    id: "java", label: "Java, Go, .NET",
    steps: ({ host }) => [
      { title: "Every X-Ray SDK reads the same variable", code: `export AWS_XRAY_DAEMON_ADDRESS=${host}` },
      { title: "Datagrams and sampling at different addresses", code: `export AWS_XRAY_DAEMON_ADDRESS="tcp:${host} udp:${host}"` },
    ],
  },
  {
    id: "otel", label: "OpenTelemetry",
    steps: ({ origin }) => [
      { title: "Any OpenTelemetry SDK", code: `export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${origin}/v1/traces
export OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf
export OTEL_SERVICE_NAME=hello` },
      { title: "Python, without touching the code", code: `pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http
opentelemetry-bootstrap -a install
opentelemetry-instrument python app.py` },
      { title: "Collector", code: `exporters:
  otlphttp:
    traces_endpoint: ${origin}/v1/traces
service:
  pipelines:
    traces:
      exporters: [otlphttp]` },
    ],
  },
  {
    id: "daemon", label: "X-Ray daemon",
    steps: ({ origin }) => [
      { title: "cfg.yaml of a daemon that runs elsewhere", code: `Version: 2
Endpoint: "${origin}"
LocalMode: true
Region: "us-east-1"` },
      { title: "Run it", code: `${KEYS}\nxray -c cfg.yaml` },
    ],
  },
  {
    id: "cli", label: "AWS CLI, boto3",
    steps: ({ origin }) => [
      { title: "Environment", code: `${KEYS}\nexport AWS_ENDPOINT_URL_XRAY=${origin}` },
      { title: "AWS CLI", code: `aws xray get-trace-summaries --start-time $(($(date +%s) - 900)) --end-time $(date +%s)` },
      { title: "boto3", code: `import boto3

xray = boto3.client("xray", endpoint_url="${origin}")
print(xray.get_service_graph(StartTime=..., EndTime=...))` },
    ],
  },
  {
    id: "curl", label: "curl",
    steps: ({ origin }) => [
      { title: "One trace by hand", code: `NOW=$(date +%s)
TRACE=1-$(printf %08x $NOW)-$(head -c12 /dev/urandom | od -An -tx1 | tr -d ' \\n')
curl -s ${origin}/TraceSegments -H 'content-type: application/json' -d '{"TraceSegmentDocuments": [
  "{\\"trace_id\\": \\"'$TRACE'\\", \\"id\\": \\"70de5b6f19ff9a0a\\", \\"name\\": \\"hello\\", \\"start_time\\": '$NOW'.0, \\"end_time\\": '$NOW'.25}"]}'` },
    ],
  },
];
