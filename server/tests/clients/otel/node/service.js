"use strict";
/* A service, traced by OpenTelemetry's SDK: NAME ENCODING [NEXT_URL].

   ENCODING is `json` or `protobuf`. Where it sends and what it propagates is the
   environment's. Prints its port; ends, with everything sent, once its input ends. */

const { registerInstrumentations } = require("@opentelemetry/instrumentation");
const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
const {
  BatchSpanProcessor,
  NodeTracerProvider,
} = require("@opentelemetry/sdk-trace-node");
const { AWSXRayPropagator } = require("@opentelemetry/propagator-aws-xray");
const json = require("@opentelemetry/exporter-trace-otlp-http");
const protobuf = require("@opentelemetry/exporter-trace-otlp-proto");

const [name, encoding, next] = process.argv.slice(2);
const { OTLPTraceExporter } = encoding === "json" ? json : protobuf;
const { defaultResource, resourceFromAttributes } = require("@opentelemetry/resources");
const provider = new NodeTracerProvider({
  resource: defaultResource().merge(resourceFromAttributes({ "service.name": name })),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register(
  process.env.PROPAGATOR === "xray" ? { propagator: new AWSXRayPropagator() } : {},
);
registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });

const http = require("node:http");
const { trace, SpanStatusCode } = require("@opentelemetry/api");

const call = (url) =>
  new Promise((resolve, reject) => {
    http
      .get(url, (answer) => answer.resume().on("end", resolve))
      .on("error", reject);
  });

const server = http.createServer(async (request, response) => {
  if (next) await call(next);
  if (request.url === "/fail") {
    const span = trace.getActiveSpan();
    span.recordException(new TypeError("out of apples"));
    span.setStatus({ code: SpanStatusCode.ERROR });
    response.statusCode = 500;
  }
  response.end(name);
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", async () => {
  await provider.shutdown();
  process.exit(0);
});
