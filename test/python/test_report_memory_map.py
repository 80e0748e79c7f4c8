"""Memory maps, through the public door: every tile is drawn where the kernel puts it."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import tilework.language as pl
from tilework.errors import LanguageError
from tilework.report import memory_map

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)


@pl.jit
def linear(
    x: pl.Tensor[[16, 512], pl.FP16],
    w: pl.Tensor[[512, 128], pl.FP16],
    out: pl.Out[pl.Tensor[[16, 128], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="product"):
        total = pl.full([16, 128], dtype=pl.FP32, value=0.0)
        for k in pl.pipeline(0, 512, 128, stage=2):
            left = x[:, k : k + 128]
            total = pl.matmul_acc(total, left, w[k : k + 128, :])
        out[:, :] = total
    return out


def arguments():
    return (
        np.zeros((16, 512), np.float16),
        np.zeros((512, 128), np.float16),
        np.zeros((16, 128), np.float32),
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "linear.html"
    assert memory_map(linear, *arguments(), path=path) == path
    return path.read_text(encoding="utf-8")


def test_there_is_a_drawing_per_memory(page):
    memories = re.findall(r"<figcaption><b>(\w+)</b>", page)
    assert sorted(memories) == ["l0a", "l0b", "l0c", "l1"]
    assert len(SVG.findall(page)) == 4
    assert "<h2>product, cube core</h2>" in page


def test_tiles_bear_the_authors_names_sizes_and_lines(page):
    titles = re.findall(r"<g class=\"tile\"><title>(.*?)</title><rect", page, re.DOTALL)
    assert len(titles) == 5
    left = next(title for title in titles if title.startswith("left\n8,192 bytes in 2 slots"))
    assert re.search(r"test_report_memory_map\.py:\d+$", left)
    assert any(title.startswith("total\n8,192 bytes, at 0 to 8,192") for title in titles)


def test_rectangles_stay_inside_and_overlap_nobody_live(page):
    for drawing in SVG.findall(page):
        root = ElementTree.fromstring(drawing)
        width, height = float(root.get("width")), float(root.get("height"))
        boxes = [
            [float(rect.get(key)) for key in ("x", "y", "width", "height")]
            for rect in root.iter("rect")
            if rect.get("class") == "buffer"
        ]
        assert boxes
        for left, top, wide, high in boxes:
            assert left >= 0 and top >= 0 and wide > 0 and high > 0
            assert left + wide <= width and top + high <= height
        for index, (a, b, c, d) in enumerate(boxes):
            for e, f, g, h in boxes[:index]:
                meet_in_time = min(a + c, e + g) - max(a, e)
                meet_in_space = min(b + d, f + h) - max(b, f)
                assert meet_in_time <= 0.2 or meet_in_space <= 0.2  # of a pixel


def test_captions_name_peak_and_bound(page):
    found = re.search(r"<b>l1</b>.*?: ([\d,]+) of ([\d,]+) bytes used .*?; ([\d,]+) bytes", page)
    peak, capacity, bound = (int(number.replace(",", "")) for number in found.groups())
    assert peak == bound == 2 * (16 * 128 + 128 * 128) * 2
    assert capacity == 512 * 1024


def test_the_page_needs_nothing_else(page):
    assert not re.search(r"(src|href)=|url\(|@import|<script", page)


def test_the_same_program_gives_the_same_bytes(page, tmp_path):
    again = memory_map(linear, *arguments(), path=tmp_path / "again.html")
    assert again.read_text(encoding="utf-8") == page


def test_what_arrives_from_the_other_unit_says_so(tmp_path):
    @pl.jit(device="a5")
    def softened(
        x: pl.Tensor[[16, 128], pl.FP16],
        w: pl.Tensor[[128, 128], pl.FP16],
        out: pl.Out[pl.Tensor[[16, 128], pl.FP32]],
    ):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="softened"):
            scores = pl.matmul(x[:, :], w[:, :], out_dtype=pl.FP32)
            out[:, :] = pl.exp(scores)
        return out

    half, out = np.zeros((128, 128), np.float16), np.zeros((16, 128), np.float32)
    page = memory_map(softened, half[:16].copy(), half, out, path=tmp_path / "softened.html")
    titles = re.findall(r"<title>(scores.*?)</title><rect", page.read_text(), re.DOTALL)
    arriving = [title for title in titles if "where tiles of the other unit arrive" in title]
    assert len(arriving) == 1
    assert arriving[0].startswith("scores\n8,192 bytes in 2 slots")  # each vector core has half


def test_what_does_not_fit_is_refused(tmp_path):
    @pl.jit
    def large(x: pl.Tensor[[512, 512], pl.FP32], out: pl.Out[pl.Tensor[[512, 512], pl.FP32]]):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="large"):
            scores = x[:, :]
            out[:, :] = pl.exp(scores)
        return out

    zeros = np.zeros((512, 512), np.float32)
    with pytest.raises(LanguageError, match=r"188416 bytes of ub") as error:
        memory_map(large, zeros, zeros.copy(), path=tmp_path / "large.html")
    assert "scores takes 524288 bytes" in str(error.value)  # each vector core has half of it
    assert not (tmp_path / "large.html").exists()
