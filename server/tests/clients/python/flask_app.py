"""A Flask application with sqlite3, requests and boto3, traced by the X-Ray SDK.

Run as `flask_app.py PORT DYNAMODB_URL`; nothing in it knows Fluoro.
"""

import sqlite3
import sys

import boto3
import requests
from aws_xray_sdk.core import patch, xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask, jsonify

PORT, DYNAMODB = int(sys.argv[1]), sys.argv[2]

xray_recorder.configure(service="shop", plugins=())
patch(("sqlite3", "requests", "botocore"))
app = Flask("shop")
XRayMiddleware(app, xray_recorder)


@app.get("/order")
def order():
    segment = xray_recorder.current_segment()
    segment.set_user("ann")
    segment.put_annotation("tier", "gold")
    segment.put_annotation("items", 3)
    segment.put_metadata("cart", {"apple": 2, "pear": 1}, "shop")
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE orders (id INTEGER)")
    database.close()
    stock = requests.get(f"http://127.0.0.1:{PORT}/stock", timeout=10)
    table = boto3.client(
        "dynamodb",
        endpoint_url=DYNAMODB,
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
    )
    table.put_item(TableName="orders", Item={"id": {"S": "1"}})
    with xray_recorder.in_subsegment("render"):
        return jsonify(stock=stock.json())


@app.get("/stock")
def stock():
    return jsonify(apples=7)


@app.get("/fail")
def fail():
    raise RuntimeError("out of apples")


if __name__ == "__main__":
    app.run(port=PORT)
