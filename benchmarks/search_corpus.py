"""Made-up archive pages for the search benchmarks: the same pages in every process, in any number, without keeping them.

A file has six pages of six forms; names, places, bounds, areas and numbers fill them, and the rest of each page is running text
of made-up words that are as unevenly frequent as those of a real text.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from plugins.search.domain.documents import Kind, SearchDoc, Unit

PAGES = 6
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = "大小长永春秋山河贵福金银文武明亮平安国强建华军伟芳丽娟英玉秀兰梅海东红志发喜生成全义德龙虎飞云雪花香凤"
_PLACES = "河沟梁坡洼峁湾岔塬崖坪岭山背滩掌"
_FORMS = (
    "林权登记申请表申请人:{name}住址:{village}。林地坐落:{place},小地名{small}。证号:{number}。{running}",
    "林权登记表。{village}村民委员会,权利人{name},面积{area}亩,树种{tree}。东至{east},西至{west},南至{south},北至{north}。{running}",
    "集体林地承包合同书。甲方:{village}村民委员会,乙方:{name}。承包期限七十年,自{year}年起。地名{small}。{running}",
    "宗地勘界确认表。宗地{place}{small},四邻{other}、{name}签字。调查员{other}。{running}",
    "公示结果报告单。经公示十五日无异议。{village}{name}户{area}亩,林种{kind}。{running}",
    "林权证存根。证号:{number}。注记:{small}{place}。发证机关县人民政府{year}年。{running}",
)


@functools.cache
def _running_text() -> str:
    """Return two million characters of made-up words, frequent and rare ones, two or three characters each."""
    draw = np.random.default_rng(11)
    lots = random.Random(3)
    characters = [chr(code) for code in range(0x4E00, 0x4E00 + 6000)]
    lots.shuffle(characters)
    weights = [1 / (rank + 20) for rank in range(len(characters))]
    words = ["".join(lots.choices(characters, weights, k=lots.choice((1, 2, 2, 2, 3)))) for _ in range(30_000)]
    ranks = np.minimum(draw.pareto(0.9, 1_000_000) * 20, len(words) - 1).astype(np.int64)
    return "".join(words[rank] for rank in ranks)[:2_000_000]


def cert_no(key: int) -> str:
    """Return the number of a file's certificate, as it stands in the folded text."""
    return f"岚林证字({2006 + key % 6})第{key:07d}号"


def page_text(key: int, number: int) -> str:
    """Return the folded text of a page (numbers from 1)."""
    draw = random.Random(key * PAGES + number)
    file = random.Random(-key)
    name = file.choice(SURNAMES) + file.choice(GIVEN) + (file.choice(GIVEN) if file.random() < 5 / 6 else "")
    village = f"{file.choice(SURNAMES)}家{file.choice(_PLACES)}村"
    text, begin = _running_text(), draw.randrange(1_700_000)
    return _FORMS[number - 1].format(
        name=name,
        other=draw.choice(SURNAMES) + draw.choice(GIVEN) + draw.choice(GIVEN),
        village=village,
        place=draw.choice(GIVEN) + draw.choice(_PLACES),
        small=draw.choice(SURNAMES) + draw.choice(GIVEN) + draw.choice(_PLACES),
        number=cert_no(key),
        area=draw.randint(1, 200),
        tree=draw.choice(["油松", "侧柏", "刺槐", "核桃"]),
        kind=draw.choice(["防护林", "经济林", "用材林"]),
        year=2006 + key % 6,
        **{side: draw.choice(GIVEN) + draw.choice(_PLACES) for side in ("east", "west", "south", "north")},
        running=text[begin : begin + 260],
    )


def texts(files: int) -> Iterator[str]:
    """Yield the text of every page."""
    return (page_text(key, number) for key in range(1, files + 1) for number in range(1, PAGES + 1))


def units(files: int) -> Iterator[Unit]:
    """Yield archive files as the index takes them, their pages only."""
    for key in range(1, files + 1):
        yield Unit(key, tuple(_page(key, number) for number in range(1, PAGES + 1)))


def _facts(key: int) -> dict[str, Any]:
    return {
        "unit": key,
        "file_id": key,
        "division": f"1411241{key % 20:02d}2{key % 7:02d}",
        "year": 2006 + key % 6,
        "class_code": "QQ01",
    }


def _page(key: int, number: int) -> SearchDoc:
    shared: dict[str, Any] = {
        "item_id": key * 10 + number,
        "page_id": key * 10 + number,
        "page_no": number,
        **_facts(key),
    }
    return SearchDoc(kind=Kind.PAGE, body=page_text(key, number), **shared)


def query_kinds(files: int, seed: int = 7) -> dict[str, Callable[[], tuple[str, ...]]]:
    """Return makers of queries by kind: the words that must all stand on a page."""
    draw = random.Random(seed)

    def piece(length: int) -> str:
        text = page_text(draw.randint(1, files), draw.randint(1, PAGES))
        begin = draw.randrange(len(text) - length)
        return text[begin : begin + length]

    def name() -> str:
        return draw.choice(SURNAMES) + draw.choice(GIVEN) + draw.choice(GIVEN)

    return {
        "char": lambda: (next(char for char in iter(lambda: piece(1), "") if char > "\u4dff"),),
        "two": lambda: (piece(2),),
        "three": lambda: (piece(3),),
        "four": lambda: (piece(4),),
        "six": lambda: (piece(6),),
        "and": lambda: (piece(2), piece(3)),
        "name": lambda: (name(),),
        "number": lambda: (cert_no(draw.randint(1, files)),),
        "form": lambda: (draw.choice(["村民委员会", "委员会,", "承包期限", "公示十五"]),),
        "absent": lambda: ("魑魅" + piece(1),),
    }
