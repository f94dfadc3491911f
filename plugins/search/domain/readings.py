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

_HETERONYMS: Final = {
    char: tuple(readings.split("/"))
    for char, readings in (
        pair.split(":")
        for pair in (
            "单:shan/dan/chan 曾:zeng/ceng 解:xie/jie 仇:qiu/chou 查:zha/cha 区:ou/qu 朴:piao/pu 翟:zhai/di 乐:yue/le "
            "任:ren 华:hua 盖:ge/gai 缪:miao/mou 尉:yu/wei 员:yun/yuan 召:shao/zhao 种:chong/zhong 秘:bi/mi 折:she/zhe "
            "覃:qin/tan 冼:xian 洗:xian/xi 卜:bu/bo 薄:bo/bao 祭:zhai/ji 阚:kan/han 晟:sheng/cheng 隗:wei/kui 宓:mi/fu "
            "郇:xun/huan 燕:yan 应:ying 宁:ning 句:gou/ju 黑:he/hei 那:na 车:che/ju 谌:chen/shen 俞:yu 藏:zang/cang "
            "角:jue/jiao 过:guo 都:du/dou 强:qiang/jiang 乜:nie/mie 繁:po/fan 万:wan/mo 长:chang/zhang 重:chong/zhong "
            "朝:chao/zhao 传:chuan/zhuan 行:xing/hang 茜:qian/xi 盛:sheng/cheng 叶:ye/xie 石:shi/dan 柏:bai/bo 大:da/dai "
            "白:bai/bo 贾:jia/gu 沈:shen/chen 冯:feng/ping 夏:xia 陶:tao 陆:lu/liu 六:liu/lu 尹:yin 谷:gu/yu 牟:mou/mu "
            "台:tai 于:yu 粘:nian/zhan 郗:xi/chi 莘:shen/xin 干:gan 还:hai/huan 奇:qi/ji 会:hui/kuai 合:he 调:tiao/diao "
            "数:shu 参:can/shen 差:cha/chai 省:sheng/xing 降:jiang/xiang 佛:fo/fu 中:zhong 兴:xing 率:lv/shuai 率:shuai/lv "
            "称:cheng/chen 仔:zi/zai 少:shao 地:di 得:de/dei 的:di/de 露:lu/lou 给:ji/gei 缴:jiao 畜:chu/xu 堡:bao/pu/bu "
            "圪:ge 疙:ge 垛:duo 塔:ta 峪:yu 埔:pu/bu 浒:hu/xu 厦:xia/sha 蚌:bang/beng 亳:bo 泌:mi/bi 圈:quan/juan "
            "核:he/hu 角:jue/jiao 逄:pang 撒:sa 洪:hong 佘:she 庹:tuo 芮:rui 邸:di 靳:jin 栓:shuan 堆:dui 巷:xiang/hang "
            "弟:di 信:xin 女:nv 和:he 漯:luo/ta 术:shu/zhu 吓:xia/he 似:si/shi 血:xue/xie 咀:zui/ju 嘴:zui 岔:cha 坊:fang "
            "塄:leng 埝:nian 圳:zhen 幺:yao 麽:me 么:yao/me 曲:qu 哈:ha 阿:a/e 提:ti/di 扎:zha/za 尔:er 买:mai 艾:ai/yi"
        ).split()
    )
}
_DOUBLE_SURNAMES: Final = {
    "尉迟": ("yu", "chi"),
    "长孙": ("zhang", "sun"),
    "单于": ("chan", "yu"),
    "万俟": ("mo", "qi"),
    "澹台": ("tan", "tai"),
    "令狐": ("ling", "hu"),
}
_UNTONED: Final = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿê", "aaaaeeeeiiiioooouuuuvvvvvnnnme", "\u0300\u0304\u030c\u0301")


@functools.cache
def _dictionary() -> Mapping[int, str]:
    """Return the dictionary by code point; its phrases (45 MB) and its copy of itself are not wanted here."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415 - 13 MB that only a search by name needs

    return PINYIN_DICT


def readings_of(char: str) -> tuple[str, ...]:
    """Return the readings of a character in names, without tones, ü as v; what has none is its own reading."""
    if char in _HETERONYMS:
        return _HETERONYMS[char]
    first = _dictionary().get(ord(char), "").partition(",")[0]
    return (untoned(first) or char,)


def untoned(syllables: str) -> str:
    """Return pinyin without tone marks, ü as v."""
    return syllables.translate(_UNTONED)


def name_readings(name: str) -> list[tuple[str, ...]]:
    """Return the readings of a folded name, a syllable for each character, the likeliest first, at most `MAX_READINGS`."""
    per_char = [readings_of(char) for char in name]
    double = _DOUBLE_SURNAMES.get(name[:2]) if len(name) > 2 else None
    if double:
        per_char[:2] = [(double[0],), (double[1],)]
    return list(itertools.islice(itertools.product(*per_char), MAX_READINGS))
