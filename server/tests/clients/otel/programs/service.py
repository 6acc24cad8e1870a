"""A Flask service, traced in the way its arguments name: NAME WAY [NEXT_URL].

WAY is `http` or `grpc` (OpenTelemetry's exporters with the instrumentations of Flask,
requests, botocore and SQLite), `udp` (the exporter of AWS's distribution), `xray`
(X-Ray's own SDK) or `auto` (whatever instruments the process from outside). Where it
sends is the environment's. Prints its port; ends, with everything sent, once its input
ends.
"""

import os
import sqlite3
import sys
import threading

import boto3
import requests
from flask import Flask, request
from moto import mock_aws
from werkzeug.serving import make_server


def trace_with_opentelemetry(name, way):
    from opentelemetry import trace
    from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.instrumentation.requests import RequestsInstrumentor
    from opentelemetry.instrumentation.sqlite3 import SQLite3Instrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(make_exporter(way)))
    trace.set_tracer_provider(provider)
    FlaskInstrumentor().instrument_app(app)
    RequestsInstrumentor().instrument()
    BotocoreInstrumentor().instrument()
    SQLite3Instrumentor().instrument()


def make_exporter(way):
    if way == "http":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
            OTLPSpanExporter,
        )

        return OTLPSpanExporter()
    if way == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (
            OTLPSpanExporter,
        )

        return OTLPSpanExporter()
    from amazon.opentelemetry.distro.otlp_udp_exporter import OTLPUdpSpanExporter

    return OTLPUdpSpanExporter(endpoint=os.environ["AWS_XRAY_DAEMON_ADDRESS"])


def trace_with_xray(name):
    from aws_xray_sdk.core import patch, xray_recorder
    from aws_xray_sdk.ext.flask.middleware import XRayMiddleware

    xray_recorder.configure(service=name, sampling=False)
    XRayMiddleware(app, xray_recorder)
    patch(["requests"])


name, way, *following = sys.argv[1:]
app = Flask(__name__)
cloud = mock_aws()


@app.get("/")
def index():
    for url in following:
        requests.get(url, timeout=20).raise_for_status()
    return name


@app.get("/order")
def order():
    with cloud:
        tables = boto3.client("dynamodb", "eu-west-1")
        tables.create_table(
            TableName="orders",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        tables.get_item(TableName="orders", Key={"id": {"S": "1"}})
    with sqlite3.connect(":memory:") as database:
        database.cursor().execute("SELECT 1").fetchall()
    requests.get(f"{request.host_url}missing", timeout=20)
    return name


@app.get("/fail")
def fail():
    raise ValueError("out of apples")


def main():
    if way == "xray":
        trace_with_xray(name)
    elif way != "auto":
        trace_with_opentelemetry(name, way)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    server.shutdown()
    if way != "xray":
        from opentelemetry import trace

        trace.get_tracer_provider().shutdown()


main()
