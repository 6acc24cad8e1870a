"""Configuration: what is changed here is what clients and other pages then see."""

import re

import pytest
from playwright.sync_api import expect

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


def test_a_sampling_rule_is_changed_by_keyboard(start_server, open_page):
    server = start_server()
    page = open_page(server)
    page.keyboard.press("g")
    page.keyboard.press("s")
    edit = page.get_by_role("button", name="Edit Default")
    edit.focus()
    page.keyboard.press("Enter")
    rate = dialog(page, "Edit Default").get_by_label("Rate in percent")
    rate.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("75")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row", name=re.compile("^Default"))).to_contain_text("75 %")
    _, _, rules = server.post("/GetSamplingRules", {})
    assert rules["SamplingRuleRecords"][0]["SamplingRule"]["FixedRate"] == 0.75


def test_a_refused_change_says_why_and_keeps_the_form(start_server, open_page):
    page = open_page(start_server(), "#/groups")
    page.get_by_role("button", name="Create group").click()
    form = dialog(page, "Create group")
    form.get_by_label("Name").fill("bad")
    form.get_by_label("Filter expression").fill("responsetme > 1")
    form.get_by_role("button", name="Create").click()
    expect(form.get_by_role("alert")).to_be_visible()
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
