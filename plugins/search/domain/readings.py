"""How Chinese characters of names are read: pinyin without tones, several readings where a character has them in names.

The dictionary lists readings nobody has met for centuries (王 yù, 红 gōng); a search by sound that used them would find half of
the register. So a character is read as the dictionary reads it first, and only those that really are read in several ways in
today's names have their readings here, that of the surname first.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Mapping
from typing import Final

MAX_READINGS = 8
"""How many readings a name has at most."""


def _table(lines: str) -> dict[str, tuple[str, ...]]:
    return {pair[0]: tuple(pair[2:].split("/")) for pair in lines.split()}


_SURNAMES: Final = _table(
    "单:shan 曾:zeng 解:xie 仇:qiu 查:zha 区:ou 朴:piao 翟:zhai 乐:yue/le 任:ren 华:hua 盖:ge 尉:wei/yu 员:yun 召:shao "
    "种:chong 秘:bi 折:she 覃:qin/tan 洗:xian 薄:bo 祭:zhai 宓:mi/fu 郇:xun/huan 句:gou 黑:he 那:na 车:che 谌:chen/shen 藏:zang "
    "角:jue 都:du 强:qiang/jiang 乜:nie 繁:po 叶:ye 石:shi 万:wan/mo 贾:jia 沈:shen 冯:feng 隗:wei/kui 翁:weng 哈:ha 尹:yin "
    "能:nai/neng 宿:su 钻:zuan 过:guo 不:fou 盛:sheng 长:zhang 重:chong 晟:cheng/sheng 麻:ma 相:xiang 占:zhan 牟:mu/mou"
)
"""How a character is read where it begins a name; it may have its other readings as well."""

_HETERONYMS: Final = _table(
    "单:dan/shan 曾:ceng/zeng 解:jie/xie 查:cha/zha 朴:pu/piao 翟:zhai/di 乐:le/yue 缪:miao/mou 卜:bu 阚:kan 晟:sheng/cheng "
    "长:chang/zhang 重:zhong/chong 朝:chao/zhao 传:chuan/zhuan 行:xing/hang 茜:qian/xi 盛:sheng/cheng 柏:bai/bo 莘:shen/xin "
    "覃:qin/tan 兴:xing 和:he 还:huan/hai 参:can/shen 差:chai/cha 省:sheng/xing 降:jiang/xiang 藏:cang/zang 率:shuai/lv "
    "露:lu/lou 堡:bao/pu/bu 浒:hu/xu 厦:xia/sha 泌:mi/bi 埔:pu/bu 得:de 的:di 圈:quan/juan 核:he 吓:xia/he 扎:zha/za 阿:a/e "
    "艾:ai 提:ti 尔:er 麽:me 幺:yao 仔:zi/zai 称:cheng/chen 强:qiang 俞:yu 郗:xi/chi 谌:chen/shen 宓:mi/fu 隗:wei/kui 逯:lu "
    "栓:shuan 石:shi 薄:bo/bao 祭:ji 尉:wei/yu 蔚:wei/yu 晁:chao 暨:ji 佘:she 冼:xian 任:ren 六:liu 巷:xiang 垛:duo 嘴:zui"
)
"""Characters that are read in several ways in names, and those that the dictionary reads first as nobody does."""

_DOUBLE_SURNAMES: Final = {
    "尉迟": ("yu", "chi"),
    "长孙": ("zhang", "sun"),
    "单于": ("chan", "yu"),
    "万俟": ("mo", "qi"),
    "澹台": ("tan", "tai"),
    "令狐": ("ling", "hu"),
}
_UNTONED: Final = str.maketrans(
    "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿê", "aaaaeeeeiiiioooouuuuvvvvvnnnme", "\u0300\u0304\u030c\u0301"
)


@functools.cache
def _dictionary() -> Mapping[int, str]:
    """Return the dictionary by code point; its phrases (45 MB) and its copy of itself are not wanted here."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415 - 13 MB that only a search by name needs

    return PINYIN_DICT


def readings_of(char: str, *, is_first: bool = False) -> tuple[str, ...]:
    """Return the readings of a character in names, without tones, ü as v; what has none is its own reading."""
    known = _HETERONYMS.get(char) or (untoned(_dictionary().get(ord(char), "").partition(",")[0]) or char,)
    return tuple(dict.fromkeys(_SURNAMES.get(char, ()) + known)) if is_first else known


def untoned(syllables: str) -> str:
    """Return pinyin without tone marks, ü as v."""
    return syllables.translate(_UNTONED)


def name_readings(name: str) -> list[tuple[str, ...]]:
    """Return the readings of a folded name, a syllable for each character, the likeliest first, at most `MAX_READINGS`."""
    per_char = [readings_of(char, is_first=not place) for place, char in enumerate(name)]
    double = _DOUBLE_SURNAMES.get(name[:2]) if len(name) > 2 else None
    if double:
        per_char[:2] = [(double[0],), (double[1],)]
    return list(itertools.islice(itertools.product(*per_char), MAX_READINGS))
