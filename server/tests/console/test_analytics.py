"""Analytics: which value explains a hump of slow traces."""

import re

import pytest
from console_help import tab_to
from playwright.sync_api import expect

from fluoro.shop.services import SLOW_NETWORK

pytestmark = pytest.mark.browser

ANALYTICS = "#/analytics?timeRange=PT30M"


def first_difference(page):
    return (
        page.get_by_role("region", name="What sets it apart")
        .locator("li")
        .filter(has_text="annotation.card_network")
    )


def test_the_annotation_behind_a_hump_is_found_by_mouse(console, open_page):
    page = open_page(console, ANALYTICS)
    plot = page.get_by_role("img", name=re.compile("^Response time distribution"))
    box = plot.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.78, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, middle, steps=3)
    page.mouse.up()
    expect(
        page.get_by_role("button", name=re.compile("^Remove responseTime"))
    ).to_be_visible()
    first = first_difference(page).first
    expect(first).to_contain_text(SLOW_NETWORK)
    first.get_by_role("link", name="Traces").click()
    expect(page).to_have_url(re.compile("#/traces.*card_network"))


def test_the_annotation_behind_a_hump_is_found_by_keyboard(console, open_page):
    page = open_page(console, "#/traces?timeRange=PT30M")
    expect(page.get_by_role("grid", name="Traces")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("a")
    shortest = page.get_by_role("slider", name="Shortest duration selected")
    tab_to(page, shortest)
    for _ in range(7):
        before = shortest.get_attribute("aria-valuenow")
        page.keyboard.press("PageUp")
        expect(shortest).not_to_have_attribute("aria-valuenow", before)
    first = first_difference(page).first
    expect(first).to_contain_text(SLOW_NETWORK)
    tab_to(page, first.get_by_role("button", name=re.compile("^Exclude")))
    page.keyboard.press("Enter")
    set_a = page.get_by_role("region", name="Filtered trace set A")
    excluded = set_a.get_by_text(f"annotation.card_network ≠ {SLOW_NETWORK}")
    expect(excluded).to_be_visible()
    values = page.locator(".tables").get_by_role("button", name=SLOW_NETWORK)
    expect(values).to_have_count(0)


def test_a_difference_filters_excludes_and_groups(console, open_page):
    page = open_page(console, f"{ANALYTICS}&a=responseTime%3A0.8~10")
    set_a = page.get_by_role("region", name="Filtered trace set A")
    first = first_difference(page).first
    first.get_by_role("button", name=re.compile("^Filter by")).click()
    expect(set_a).to_contain_text(f"annotation.card_network = {SLOW_NETWORK}")
    first.get_by_role("button", name=re.compile("^Exclude")).click()
    expect(set_a).to_contain_text(f"annotation.card_network ≠ {SLOW_NETWORK}")
    expect(set_a).not_to_contain_text(f"= {SLOW_NETWORK}")
    set_a.get_by_role("button", name=re.compile("^Remove .* ≠ ")).click()
    first.get_by_role("button", name="Group by annotation.card_network").click()
    grouped = page.get_by_role("region", name="Set A by attribute")
    expect(grouped.get_by_role("heading", name="Set A grouped")).to_be_focused()
    grouped.get_by_role("button", name=SLOW_NETWORK).click()
    expect(set_a).to_contain_text(f"annotation.card_network = {SLOW_NETWORK}")
    grouped.get_by_role("button", name="Close").click()
    expect(grouped).to_have_count(0)


def test_a_period_is_chosen_on_the_activity_and_refined(console, open_page):
    page = open_page(console, ANALYTICS)
    tab_to(page, page.get_by_role("slider", name="Earliest start selected"))
    for _ in range(3):
        page.keyboard.press("PageUp")
    set_a = page.get_by_role("region", name="Filtered trace set A")
    expect(set_a).to_contain_text("timerange")
    set_a.get_by_role("button", name="Refine").click()
    expect(page).to_have_url(re.compile(r"timeRange=2\d{3}-"))
    expect(page).not_to_have_url(re.compile("timerange"))
    expect(set_a).to_contain_text("100 % of retrieved")


def test_retrieved_traces_are_left_out_of_the_charts(console, open_page):
    page = open_page(console, f"{ANALYTICS}&a=responseTime%3A0.8~10")
    charts = page.locator(".sets .two")
    expect(charts).to_contain_text("retrieved")
    page.get_by_role("button", name="Show in charts").click()
    expect(charts).not_to_contain_text("retrieved")


def test_sets_a_and_b_are_compared_as_x_ray_does(console, open_page):
    page = open_page(console, ANALYTICS)
    set_a = page.get_by_role("region", name="Filtered trace set A")
    status = page.locator("section.card").filter(
        has=page.get_by_role("heading", name="Status code")
    )
    status.get_by_role("button", name="200").click()
    expect(set_a).to_contain_text("Status code = 200")
    set_a.get_by_role("button", name="Compare").click()
    set_b = page.get_by_role("region", name="Filtered trace set B")
    expect(set_b).to_contain_text("Status code = 200")
    set_b.get_by_role("button", name="Remove Status code = 200").click()
    status.get_by_role("button", name="201").click()
    expect(set_a).to_contain_text("Status code = 200")
    expect(status.get_by_role("columnheader", name="Delta")).to_be_visible()
    expect(status.get_by_role("row", name=re.compile("^201"))).to_contain_text("+100.0")
    page.reload()
    expect(set_b).to_contain_text("Status code = 201")


def test_refine_makes_set_a_the_working_set(console, open_page):
    page = open_page(console, ANALYTICS)
    set_a = page.get_by_role("region", name="Filtered trace set A")
    page.get_by_role("button", name="https://shop.example/orders", exact=True).click()
    set_a.get_by_role("button", name="Refine").click()
    expect(
        page.get_by_role("textbox", name="Filter expression or trace id")
    ).to_have_text(re.compile(r'^http\.url = "https://shop\.example/orders"$'))
