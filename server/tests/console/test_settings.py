"""Configuration: what is changed here is what clients and other pages then see."""

import re
from contextlib import ExitStack

import pytest
from console_help import tab_to
from playwright.sync_api import expect

from running import eventually
from support.python_sampler import python_sampler

pytestmark = pytest.mark.browser


def dialog(page, name):
    return page.get_by_role("dialog", name=name)


def sampled_targets(server, rule):
    """Return the rate that an SDK asking for its targets is given."""
    status, _, body = server.post(
        "/SamplingTargets",
        {
            "SamplingStatisticsDocuments": [
                {
                    "RuleName": rule,
                    "ClientID": "a" * 24,
                    "Timestamp": 1,
                    "RequestCount": 10,
                    "SampledCount": 4,
                    "BorrowCount": 0,
                }
            ]
        },
    )
    assert status == 200, body
    return [t["FixedRate"] for t in body["SamplingTargetDocuments"]]


def test_a_sampling_rule_is_made_changed_used_and_deleted_by_mouse(
    start_server, open_page
):
    server = start_server()
    page = open_page(server, "#/sampling")
    page.get_by_role("button", name="Create sampling rule").click()
    form = dialog(page, "Create sampling rule")
    form.get_by_label("Name", exact=True).fill("checkout")
    form.get_by_label("Priority").fill("10")
    form.get_by_label("Rate in percent").fill("25")
    form.get_by_label("URL path").fill("/checkout*")
    form.get_by_role("button", name="Create").click()
    row = page.get_by_role("row", name=re.compile("^checkout"))
    expect(row).to_contain_text("25 %")
    expect(row).to_contain_text("URL path /checkout*")
    assert sampled_targets(server, "checkout") == [0.25]
    row.get_by_role("button", name="Edit checkout").click()
    form = dialog(page, "Edit checkout")
    form.get_by_label("Rate in percent").fill("50")
    form.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("50 %")
    assert sampled_targets(server, "checkout") == [0.5]
    row.get_by_role("button", name="Delete checkout").click()
    dialog(page, "Delete checkout?").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)


DECISIONS = 400


@pytest.fixture
def python_sdk():
    """X-Ray's SDK for Python as it is, its pollers only quicker.

    `python_sdk(server)` returns what takes 400 decisions and counts the sampled ones.
    """
    with ExitStack() as stack:

        def start(server):
            sampled = stack.enter_context(python_sampler(server))
            return lambda: sum(sampled("web") for _ in range(DECISIONS))

        yield start


def type_into(page, field, text):
    tab_to(page, field)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def test_a_rule_changed_by_keyboard_is_followed_by_an_sdk(
    start_server, open_page, python_sdk
):
    server = start_server()
    page = open_page(server)

    def change(rate):
        tab_to(page, page.get_by_role("button", name="Edit Default"))
        page.keyboard.press("Enter")
        form = dialog(page, "Edit Default")
        type_into(page, form.get_by_label("Reservoir"), "0")
        type_into(page, form.get_by_label("Rate in percent"), rate)
        page.keyboard.press("Enter")
        expect(row).to_contain_text(f"{rate} %")
        expect(page.get_by_role("button", name="Edit Default")).to_be_focused()

    row = page.get_by_role("row", name=re.compile("^Default"))
    expect(page.get_by_role("heading", name="Connect an app")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("s")
    change("100")
    count = python_sdk(server)
    eventually(lambda: count() == DECISIONS)
    change("0")
    eventually(lambda: count() == 0)
    observed = row.get_by_role("cell").nth(5)

    def asked_again():
        page.keyboard.press("r")
        return re.fullmatch(r"[\d,]+", observed.text_content())

    eventually(asked_again)
    expect(row.get_by_role("cell").nth(8)).to_contain_text("%")


def test_refusals_stand_at_their_fields(start_server, open_page):
    page = open_page(start_server(), "#/sampling")
    page.get_by_role("button", name="Create sampling rule").click()
    form = dialog(page, "Create sampling rule")
    form.get_by_label("Name", exact=True).fill("Default")
    form.get_by_label("HTTP method").fill("GETGETGETGET")
    form.get_by_label("Host").fill("h" * 65)
    form.get_by_label("Attributes").fill("tier gold")
    create = form.get_by_role("button", name="Create")
    create.click()
    attributes = form.get_by_label("Attributes")
    expect(attributes).to_have_attribute("aria-invalid", "true")
    expect(attributes).to_have_accessible_description(re.compile("No key = value"))
    attributes.fill("tier = gold")
    create.click()
    for label, said in (("HTTP method", "equal to 10"), ("Host", "equal to 64")):
        expect(form.get_by_label(label)).to_have_accessible_description(
            re.compile(said)
        )
    expect(form.get_by_label("Host")).to_be_focused()
    expect(attributes).not_to_have_attribute("aria-invalid", "true")
    form.get_by_label("HTTP method").fill("GET")
    form.get_by_label("Host").fill("*")
    create.click()
    name = form.get_by_label("Name", exact=True)
    expect(name).to_have_accessible_description(re.compile("already exists"))
    name.fill("fine")
    create.click()
    expect(page.get_by_role("row", name=re.compile("^fine"))).to_contain_text("GET")


def test_a_refused_change_says_why_and_keeps_the_form(start_server, open_page):
    page = open_page(start_server(), "#/groups")
    page.get_by_role("button", name="Create group").click()
    form = dialog(page, "Create group")
    form.get_by_label("Name").fill("bad")
    form.get_by_label("Filter expression").fill("responsetme > 1")
    form.get_by_role("button", name="Create").click()
    expect(form.get_by_label("Filter expression")).to_have_accessible_description(
        re.compile("did you mean responsetime")
    )
    form.get_by_label("Filter expression").fill("responsetime > 1")
    form.get_by_role("button", name="Create").click()
    expect(page.get_by_role("link", name="bad")).to_be_visible()
    page.get_by_role("link", name="bad").click()
    expect(page).to_have_url(re.compile("#/service-map.*group=bad"))
    expect(page.get_by_role("combobox", name="Group")).to_have_value("bad")


def test_health_shows_the_ledger(start_server, open_page):
    server = start_server()
    server.post("/TraceSegments", {"TraceSegmentDocuments": ["{}"]})
    page = open_page(server, "#/health")
    expect(page.get_by_text("Healthy")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Received 1"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Rejected: "))).to_be_visible()


def test_the_tabs_are_pages(start_server, open_page):
    page = open_page(start_server(), "#/sampling")
    page.get_by_role("tab", name="Usage").click()
    expect(page).to_have_url(re.compile("#/usage"))
    expect(page.get_by_role("columnheader", name="Recorded")).to_be_visible()
    page.get_by_role("tab", name="Encryption").click()
    expect(page.get_by_text("Now:")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("columnheader", name="Recorded")).to_be_visible()


def test_a_key_is_made_shown_once_and_revoked(start_server, open_page):
    page = open_page(start_server(), "#/keys")
    page.get_by_role("button", name="Create key").click()
    form = dialog(page, "Create key")
    form.get_by_label("Name").fill("ci")
    form.get_by_label("Role").select_option("write")
    form.get_by_role("button", name="Create").click()
    made = dialog(page, "Key created")
    expect(made).to_contain_text("AWS_SECRET_ACCESS_KEY=")
    made.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Revoke ci").click()
    dialog(page, "Revoke ci?").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("There are no keys yet.")).to_be_visible()


def test_health_follows_the_server(start_server, open_page):
    server = start_server()
    page = open_page(server, "#/health")
    expect(page.get_by_text("Nothing has been received yet.")).to_be_visible()
    server.post("/TraceSegments", {"TraceSegmentDocuments": ["{}"]})
    expect(page.get_by_role("row", name=re.compile("^Received 1"))).to_be_visible()


def test_insights_say_that_they_are_not_built(console, open_page):
    page = open_page(console, "#/insights")
    expect(page.get_by_role("heading", name="not built yet")).to_be_visible()
    page.get_by_role("link", name="Compare the service map").click()
    expect(page).to_have_url(re.compile("#/service-map.*compare=1"))
