"""The shop behind its front door: auth, inventory, orders, payments, worker, Lambda.

Each service takes the recording, when it is called and by whom, and returns its closed
segment, whose `now` and `status` the caller goes on with.
"""

from collections.abc import Callable
from typing import Any

from fluoro.shop.recorder import Recording, Span

REGION = "eu-central-1"
ACCOUNT = "000000000000"
SLOW_NETWORK = "northbank"
"""The card network behind the second hump of the latencies: look for it."""
CARD_NETWORKS = ("visby", "visby", "mastra", "mastra", SLOW_NETWORK)

Service = Callable[[Recording, float, str], Span]


def call_service(
    span: Span, host: str, method: str, path: str, service: Service
) -> Span:
    """Call a traced service over HTTP and return its segment."""
    with span.call(host, "remote") as sub:
        sub.request(method, f"http://{host}{path}", traced=True)
        sub.work(0.0008)
        callee = service(sub.recording, sub.now, sub.id)
        sub.now = callee.now
        sub.work(0.0005)
        sub.respond(callee.status)
    return callee


def call_aws(
    span: Span, name: str, operation: str, median: float, **members: Any
) -> dict[str, Any]:
    """Call an AWS service that reports nothing itself; return the subsegment."""
    request_id = f"{span.recording.random.getrandbits(96):024X}"
    aws = {"operation": operation, "region": REGION, "request_id": request_id}
    with span.call(name, "aws", aws=aws | {"retries": 0} | members) as sub:
        sub.work(median, 0.6)
        sub.respond(200, span.recording.random.randrange(40, 900))
    return sub.document


def auth(recording: Recording, start: float, parent_id: str) -> Span:
    """Check a session; some have expired."""
    span = recording.segment("auth", start, parent_id)
    span.set(
        origin="AWS::EC2::Instance",
        aws={
            "ec2": {
                "instance_id": recording.random.choice(("i-0a11ce", "i-0b0b")),
                "availability_zone": f"{REGION}{recording.random.choice('ab')}",
            },
            "xray": {"sdk": "X-Ray for Go", "sdk_version": "1.8.5"},
        },
    )
    span.request("POST", "http://auth.shop.example/verify")
    call_aws(span, "DynamoDB", "GetItem", 0.003, table_name="sessions")
    with span.call("verify signature") as sub:
        sub.work(0.0012)
    expired = recording.random.random() < 0.04
    span.respond(401 if expired else 200)
    span.close()
    return span


def inventory(recording: Recording, start: float, parent_id: str) -> Span:
    """Look up the stock; the table is throttled now and then."""
    span = recording.segment("inventory", start, parent_id)
    span.set(
        origin="AWS::ElasticBeanstalk::Environment",
        aws={"elastic_beanstalk": {"environment_name": "inventory-prod"}},
    )
    span.request("GET", "http://inventory.shop.example/stock")
    with span.call("cache lookup") as sub:
        sub.work(0.0004)
        hit = recording.random.random() < 0.6
    span.annotate(cache="hit" if hit else "miss")
    if not hit:
        query = call_aws(span, "DynamoDB", "Query", 0.006, table_name="stock", count=12)
        if recording.random.random() < 0.05:
            _throttle(span, query)
    if span.status == 200:
        span.respond(200, 512)
    span.close()
    return span


def _throttle(span: Span, query: dict[str, Any]) -> None:
    """Turn a finished DynamoDB call into one that was throttled three times."""
    sub = Span(span.recording, query)
    query["aws"]["retries"] = 3
    query["http"] = {"response": {"status": 400}}
    sub.set(error=True, throttle=True)
    sub.fail(
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded.",
        "node_modules/@shop/stock/table.js:88 queryStock",
        "node_modules/@shop/stock/index.js:31 handle",
        remote=True,
    )
    span.respond(429)


def payments(recording: Recording, start: float, parent_id: str) -> Span:
    """Charge a card: declined, slow behind one network, out of time behind it too."""
    span = recording.segment("payments", start, parent_id)
    pod = f"payments-{recording.random.randrange(3)}"
    span.set(
        origin="AWS::EKS::Container",
        aws={"eks": {"pod": pod, "cluster_name": "prod"}},
    )
    span.request("POST", "http://payments.shop.example/charges")
    network = recording.random.choice(CARD_NETWORKS)
    amount = round(recording.random.lognormvariate(3.6, 0.8), 2)
    span.annotate(card_network=network, amount=amount)
    with span.call("fraud score") as sub:
        sub.work(0.009)
    status = _charge(span, network)
    with span.call("payments@ledger.internal", "remote") as sub:
        sub.set(
            sql={
                "url": "postgresql://ledger.internal:5432/payments",
                "database_type": "PostgreSQL",
                "user": "payments",
                "sanitized_query": "insert into charges values (?, ?, ?)",
            }
        )
        sub.work(0.004)
    span.respond(status)
    span.close()
    return span


def _charge(span: Span, network: str) -> int:
    """Ask the card network, which nobody traces; return what payments answers."""
    slow = network == SLOW_NETWORK
    host = f"api.{network}.example"
    with span.call(host, "remote") as sub:
        sub.request("POST", f"https://{host}/v2/charges")
        sub.work(1.1 if slow else 0.085, 0.25 if slow else 0.5)
        luck = span.recording.random.random()
        if slow and luck < 0.08:
            sub.now += 3.0
            sub.set(fault=True)
            sub.fail(
                "ReadTimeout",
                f"HTTPSConnectionPool(host='{host}'): Read timed out.",
                "requests/adapters.py:713 send",
                "shop_payments/networks.py:57 charge",
                "shop_payments/app.py:41 post_charge",
                remote=True,
            )
            return 504
        sub.respond(402 if luck < 0.06 else 200)
        return sub.status


def orders(recording: Recording, start: float, parent_id: str) -> Span:
    """Place an order; its finished parts are streamed ahead of the segment."""
    span = recording.segment("orders", start, parent_id)
    span.set(
        origin="AWS::ECS::Fargate",
        aws={
            "ecs": {"container": "orders", "cluster_arn": _arn("ecs", "cluster/prod")}
        },
    )
    span.streams = recording.random.random() < 0.3
    span.request("POST", "http://orders.shop.example/orders")
    stock = call_service(span, "inventory.shop.example", "GET", "/stock", inventory)
    if stock.status != 200:
        span.respond(stock.status)
    elif _insert_order(span):
        charge = call_service(
            span, "payments.shop.example", "POST", "/charges", payments
        )
        span.respond(201 if charge.status == 200 else charge.status)
    if span.status == 201:
        topic = _arn("sns", "order-events")
        call_aws(span, "SNS", "Publish", 0.011, topic_arn=topic)
        call_aws(span, "SQS", "SendMessage", 0.007, queue_url=_queue("order-jobs"))
    span.close()
    return span


def _insert_order(span: Span) -> bool:
    """Write the order; now and then two of them collide."""
    with span.call("orders@orders-db.internal", "remote") as sub:
        sub.set(
            sql={
                "url": "postgresql://orders-db.internal:5432/orders",
                "database_type": "PostgreSQL",
                "user": "orders",
                "sanitized_query": "insert into orders (user_id, total) values (?, ?)",
            }
        )
        sub.work(0.006, 0.8)
        failed = span.recording.random.random() < 0.02
        if failed:
            text = 'duplicate key value violates unique constraint "orders_pkey"'
            sub.set(fault=True)
            sub.fail(
                "UniqueViolation",
                text,
                "shop_orders/store.py:112 insert",
                "shop_orders/store.py:71 save",
                "shop_orders/app.py:39 post_order",
            )
            span.set(cause=sub.document["cause"]["exceptions"][0]["id"])
            span.respond(500)
    return not failed


def recommend(recording: Recording, start: float, parent_id: str) -> Span:
    """Run a Lambda function: the service's segment, and the function's own in it."""
    arn = _arn("lambda", "function:recommend")
    facade = recording.segment("recommend", start, parent_id)
    facade.set(origin="AWS::Lambda", resource_arn=arn)
    facade.work(0.004)
    function = recording.segment("recommend", facade.now, facade.id)
    function.set(
        origin="AWS::Lambda::Function",
        aws={"account_id": ACCOUNT, "function_arn": arn},
    )
    cold = recording.random.random() < 0.06
    function.annotate(cold_start=cold)
    if cold:
        with function.call("Initialization") as sub:
            sub.work(0.42, 0.3)
    with function.call("Invocation") as invocation:
        call_aws(
            invocation, "S3", "GetObject", 0.018, bucket_name="models", key="als-7"
        )
        with invocation.call("rank") as sub:
            sub.work(0.012)
    with function.call("Overhead") as sub:
        sub.work(0.0006)
    function.close()
    facade.now = function.now
    facade.respond(200)
    facade.close()
    return facade


def worker(recording: Recording, start: float, orders_placed: list[Span]) -> Span:
    """Work off a batch of messages, in a trace of its own that links to theirs."""
    span = recording.segment("order-worker", start)
    span.set(
        origin="AWS::ECS::Fargate",
        links=[
            {
                "trace_id": order.recording.trace_id,
                "id": order.id,
                "attributes": {"messaging.system": "aws_sqs"},
            }
            for order in orders_placed
        ],
    )
    span.annotate(messages=len(orders_placed))
    queue = _queue("order-jobs")
    call_aws(
        span, "SQS", "ReceiveMessage", 0.012,
        queue_url=queue, message_count=len(orders_placed),
    )  # fmt: skip
    for _ in orders_placed:
        with span.call("render invoice") as sub:
            sub.work(0.03, 0.7)
            key = f"{recording.random.getrandbits(32):08x}.pdf"
            call_aws(sub, "S3", "PutObject", 0.024, bucket_name="invoices", key=key)
    call_aws(span, "SQS", "DeleteMessageBatch", 0.006, queue_url=queue)
    span.close()
    return span


def _queue(name: str) -> str:
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"
