"""The shop's front door: an API gateway before the storefront, and what visitors do."""

from collections.abc import Callable

from fluoro.shop.recorder import Recording, Span
from fluoro.shop.services import (
    ACCOUNT,
    auth,
    call_aws,
    call_service,
    inventory,
    orders,
    recommend,
)

HOST = "shop.example"
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/605.1",
    "shop-android/5.2",
)
TIERS = ("free", "free", "free", "silver", "gold")
ANNOUNCED_SHARE = 0.15
CRASHED_SHARE = 0.003
"""Storefronts that announce their work and are never heard of again."""


def visit(recording: Recording, start: float) -> Span | None:
    """Record one visitor's request; return the segment of an order that it placed."""
    random = recording.random
    method, path, act = random.choices(ROUTES, WEIGHTS)[0]
    path = path.format(random.randrange(1, 400))
    user = random.randrange(250)
    gateway = recording.segment(f"{HOST}/prod", start)
    gateway.set(
        origin="AWS::ApiGateway::Stage",
        user=f"user-{user:03}",
        aws={
            "api_gateway": {
                "account_id": ACCOUNT,
                "rest_api_id": "a1b2c3",
                "stage": "prod",
            }
        },
    )
    gateway.request(
        method,
        f"https://{HOST}{path}",
        client_ip=f"203.0.113.{user}",
        user_agent=AGENTS[user % len(AGENTS)],
    )
    gateway.work(0.002)
    placed: list[Span] = []

    def storefront(recording: Recording, start: float, parent_id: str) -> Span:
        lost = random.random() < CRASHED_SHARE
        span = _storefront(recording, start, parent_id)
        span.request(method, f"http://storefront.internal{path}")
        if lost or random.random() < ANNOUNCED_SHARE:
            span.announce()
        span.work(0.001)
        span.annotate(tier=TIERS[user % len(TIERS)], route=act.__name__.lstrip("_"))
        order = act(span)
        if order is not None:
            placed.append(order)
        if not lost:
            span.close()
        return span

    answered = call_service(gateway, "storefront.internal", method, path, storefront)
    gateway.respond(answered.status, random.randrange(300, 9000))
    gateway.close()
    return placed[0] if placed and placed[0].status == 201 else None


def _storefront(recording: Recording, start: float, parent_id: str) -> Span:
    """Begin the storefront's segment."""
    span = recording.segment("storefront", start, parent_id)
    span.set(
        origin="AWS::ECS::Fargate",
        service={"version": "2026.5.1", "runtime": "CPython"},
        aws={
            "ecs": {"container": f"storefront-{recording.random.randrange(4)}"},
            "xray": {"sdk": "X-Ray for Python", "sdk_version": "2.15.0"},
        },
    )
    return span


def _browse(span: Span) -> None:
    """Show a product."""
    stock = call_service(span, "inventory.shop.example", "GET", "/stock", inventory)
    if stock.status == 429:
        span.respond(503)
        return
    _render(span, "product.html")
    span.respond(200)


def _search(span: Span) -> None:
    """Ask the search provider, who is slow now and then and nobody's to trace."""
    host = "search.partner.example"
    with span.call(host, "remote") as sub:
        sub.request("GET", f"https://{host}/v1/query")
        sub.work(0.06, 1.0)
        if span.recording.random.random() < 0.02:
            sub.respond(503)
    if sub.status == 503:
        span.fail(
            "SearchUnavailable",
            f"{host} answered 503",
            "shop_storefront/search.py:64 query",
            "shop_storefront/views.py:120 search",
        )
        span.respond(502)
        return
    _render(span, "results.html")
    span.respond(200)


def _cart(span: Span) -> None:
    """Put something into the cart."""
    if _signed_in(span):
        call_aws(span, "DynamoDB", "UpdateItem", 0.005, table_name="carts")
        span.set(metadata={"cart": {"items": span.recording.random.randrange(1, 9)}})
        span.respond(204)


def _checkout(span: Span) -> Span | None:
    """Place an order."""
    if not _signed_in(span):
        return None
    call_aws(span, "DynamoDB", "GetItem", 0.003, table_name="carts")
    order = call_service(span, "orders.shop.example", "POST", "/orders", orders)
    if order.status == 201:
        _render(span, "thanks.html")
    span.respond(order.status)
    return order


def _account(span: Span) -> None:
    """Show the account, with what a Lambda function recommends."""
    if not _signed_in(span):
        return
    with span.call("Lambda", "aws") as sub:
        aws = {"operation": "Invoke", "function_name": "recommend"}
        sub.set(aws=aws | {"invocation_type": "RequestResponse"})
        sub.work(0.003)
        sub.now = recommend(span.recording, sub.now, sub.id).now
        sub.respond(200)
    _render(span, "account.html")
    span.respond(200)


def _signed_in(span: Span) -> bool:
    session = call_service(span, "auth.shop.example", "POST", "/verify", auth)
    if session.status != 200:
        span.respond(session.status)
    return session.status == 200


def _render(span: Span, template: str) -> None:
    with span.call("render") as sub:
        sub.work(0.006)
        sub.set(metadata={"default": {"template": template}})


ROUTES: tuple[tuple[str, str, Callable[[Span], Span | None]], ...] = (
    ("GET", "/products/{}", _browse),
    ("GET", "/search", _search),
    ("POST", "/cart", _cart),
    ("POST", "/orders", _checkout),
    ("GET", "/account", _account),
)
WEIGHTS = (40, 15, 15, 20, 10)
