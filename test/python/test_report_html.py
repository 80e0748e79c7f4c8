"""HTML reports, in a browser: they draw what the run did, and say what the summary says."""

import re
import shutil

import pytest
from report_harness import CUBE, MIXED, US, VECTOR, run_of, task
from tilework.recording import Memory
from tilework.report import save_comparison, save_report, save_sweep, summarize
from tilework.report.html import PARTS
from tilework.report.sweep import Point
from tilework.report.tables import bytes_table, headline, reasons_table, scopes_table

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PIPES = [(CUBE, 0, "mte2", 6, {"latency": 2}), (VECTOR, 1, "v", 4, {})]
WIDTH, HEIGHT = 1300, 900


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import Error, sync_playwright

    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as driver:
        try:
            found = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error as error:
            pytest.fail(
                f"the tests of reports expect one of {', '.join(BROWSERS)}, but got: {error}; "
                "install chromium, or run `playwright install chromium`"
            )
        yield found
        found.close()


@pytest.fixture
def opened(browser):
    """Opens a page from disk; it must ask for nothing else and complain of nothing."""
    complaints, requests = [], []
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))

    def open_page(path):
        page.goto(path.as_uri())
        page.wait_for_function("document.readyState === 'complete'")
        return page

    yield open_page
    page.close()
    assert complaints == []
    assert all(url.startswith("file:") for url in requests) and len(requests) == 1


@pytest.fixture(scope="module")
def run():
    return run_of(
        task(CUBE, 1, 1, 1, 3, 3, 10, 12),
        task(VECTOR, 2, 12, 12, 14, 14, 20, 22, ready_by=0, after=[0]),
        task(MIXED, 3, 3, 4, 6, 6, 30, 31, group=1),
        hbm=[0, 0, 1, 1, 0.5],
        compulsory=(2_500_000, 0),
        pipes=PIPES,
        memory=Memory("t", 0, 4096, 1),
    )


@pytest.fixture
def page(run, opened, tmp_path):
    return opened(save_report(run, tmp_path / "report.html"))


def shown(page, canvas=".timeline"):
    """(bars, from, to) of what a canvas has drawn last, times in microseconds."""
    page.wait_for_function("name => document.querySelector(name).dataset.bars", arg=canvas)
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    data = page.locator(canvas).first.evaluate("it => ({...it.dataset})")
    return int(data["bars"]), float(data["from"]) / US, float(data["to"]) / US


def place_of(page, lane, time):
    """Pixels in the timeline; lanes: critical path, orchestrator, scheduler, cores."""
    _, begin, end = shown(page)
    width = page.locator(".timeline").first.evaluate("it => it.clientWidth")
    left, axis, height = 110, 22, 12
    x = left + (time - begin) / (end - begin) * (width - left)
    return {"x": x, "y": axis + (lane + 0.5) * height}


def is_coloured(page, lane, times):
    """Whether there is more than grey at each of these places of a lane."""
    script = """(it, [xs, y]) => {
      const ratio = window.devicePixelRatio;
      const row = it.getContext("2d").getImageData(0, y * ratio, it.width, 1).data;
      return xs.map(x => [...row.slice(4 * Math.round(x * ratio)).slice(0, 3)]);
    }"""
    places = [place_of(page, lane, time) for time in times]
    found = page.locator(".timeline").first.evaluate(
        script, [[it["x"] for it in places], places[0]["y"]]
    )
    return [max(colour) - min(colour) > 30 for colour in found]


def cells(page, section):
    script = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    return page.locator(f"{section} tbody tr").evaluate_all(script)


def test_the_timeline_draws_a_bar_where_a_task_is(page):
    bars, begin, end = shown(page)
    # 6 of the cores, 3 submissions, 3 dispatches, 3 completions, and the critical path.
    assert bars >= 15 and (begin, end) == (0, 31)
    assert is_coloured(page, 3, [2.5, 3.5, 6, 9.5, 10.5, 20]) == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]


def test_the_wheel_zooms_where_it_is_turned(page):
    page.locator(".timeline").first.scroll_into_view_if_needed()
    place = place_of(page, 3, 6)
    box = page.locator(".timeline").first.bounding_box()
    page.mouse.move(box["x"] + place["x"], box["y"] + place["y"])
    page.mouse.wheel(0, -900)
    page.wait_for_function("() => Number(document.querySelector('.timeline').dataset.to) < 25e6")
    _, begin, end = shown(page)
    assert begin < 6 < end and (6 - begin) / (end - begin) == pytest.approx(6 / 31, abs=0.01)
    page.locator(".timeline").first.dblclick(position=place)
    page.wait_for_function("() => Number(document.querySelector('.timeline').dataset.to) > 30e6")
    assert shown(page)[1:] == (0, 31)


def test_the_keys_zoom_and_move(page):
    timeline = page.locator(".timeline").first
    timeline.focus()
    timeline.press("+")
    assert shown(page)[1:] == pytest.approx((7.75, 23.25))
    timeline.press("ArrowRight")
    assert shown(page)[1:] == pytest.approx((10.85, 26.35))
    timeline.press("0")
    assert shown(page)[1:] == (0, 31)


def test_a_click_says_what_a_task_waited_for(page):
    page.locator(".timeline").first.click(position=place_of(page, 4, 16))
    details = page.locator(".details").first.inner_text()
    assert "task 1: sum, model.py:20" in details and "after 0 product" in details
    assert "started 14 us" in details
    page.locator(".timeline").first.click(position=place_of(page, 4, 27))
    assert page.locator(".details").first.inner_text().strip() == ""


def test_numbers_are_those_of_the_summary(page, run):
    summary = summarize(run)
    assert page.locator(".headline li").all_inner_texts() == list(headline(summary))
    tables = {0: reasons_table(summary), 2: scopes_table(summary), 3: bytes_table(summary)}
    for number, table in tables.items():
        expected = [[cell.text for cell in row] for row in table.rows]
        assert cells(page, f"#table{number}") == expected
        assert page.locator(f"#table{number} h2").inner_text() == table.title


def test_a_table_sorts_by_the_column_that_is_clicked(page):
    head = page.locator("#table2 th", has_text="mean task")
    column = [it[5] for it in cells(page, "#table2")]
    assert column == ["7.0 us", "6.0 us", "24.0 us"]
    head.click()
    assert [it[5] for it in cells(page, "#table2")] == ["24.0 us", "7.0 us", "6.0 us"]
    head.click()
    assert [it[5] for it in cells(page, "#table2")] == ["6.0 us", "7.0 us", "24.0 us"]
    page.locator("#table2 th", has_text="scope").first.click()
    assert [it[0] for it in cells(page, "#table2")] == ["sum", "product", "both"]


def test_there_are_plots_and_a_roofline(page):
    assert page.locator(".plots").get_attribute("data-curves") == "7"
    names = page.locator(".roofline circle title").all_text_contents()
    assert [name.partition(":")[0] for name in names] == ["product", "sum", "both"]
    # 2 x 4096 + 512 operations for each 1,200 bytes.
    assert names[0].startswith("product: 7.25 operations/byte")


def test_a_long_run_stays_usable(opened, tmp_path):
    one = [
        task(CUBE, n + 1, n + 1, n + 1, n + 2, n + 2, n + 3, n + 4, group=n % 2)
        for n in range(4000)
    ]
    page = opened(save_report(run_of(*one), tmp_path / "long.html"))
    bars, _, end = shown(page)
    assert end == 4003 and bars < 5 * WIDTH  # of 20,000: one for a pixel of a lane
    timeline = page.locator(".timeline").first
    timeline.focus()
    for _ in range(8):
        timeline.press("+")
    bars, begin, end = shown(page)
    assert end - begin == pytest.approx(4003 / 256)
    page.locator(".timeline").first.click(position=place_of(page, 3, 2002.5))
    assert "task 2000: product" in page.locator(".details").first.inner_text()


def test_two_runs_stand_one_above_the_other(run, opened, tmp_path):
    after = run_of(task(CUBE, 1, 1, 1, 3, 3, 10, 12), pipes=PIPES)
    page = opened(save_comparison(run, after, tmp_path / "both.html"))
    assert page.locator(".timeline").count() == 2
    assert page.locator("h2", has_text="timeline of before").count() == 1
    rows = cells(page, "#table0")
    assert ["tasks", "3", "1", "-66.7 %"] in rows


def test_a_sweep_is_a_table_and_a_plot(run, opened, tmp_path):
    summary = summarize(run)
    points = [
        Point({"cores.groups": n, "hbm.bandwidth": b}, summary) for n in (1, 2) for b in (3, 4)
    ]
    points.append(Point({"cores.groups": 0, "hbm.bandwidth": 3}, None, "no cores"))
    page = opened(save_sweep(points, tmp_path / "sweep.html"))
    assert page.locator(".sweep circle").count() == 4
    assert len(cells(page, "#table0")) == 5


def test_what_a_program_is_called_cannot_break_a_page(run, opened, tmp_path):
    name = "</script><b>'\"&"
    run.recording.entry, entry = name, run.recording.entry
    try:
        page = opened(save_report(run, tmp_path / "name.html"))
        assert page.locator("h1").inner_text() == f"{name} on a2a3"
    finally:
        run.recording.entry = entry


def test_equal_runs_are_equal_pages(run, tmp_path):
    first, second = (save_report(run, tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second


def test_pages_name_no_other_place():
    for part in PARTS.iterdir():
        found = re.findall(r"https?://[^\s\"']+", part.read_text())
        assert set(found) <= {"http://www.w3.org/2000/svg"}  # a name of XML, not an address
