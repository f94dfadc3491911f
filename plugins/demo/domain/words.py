"""The word lists from which every name of the fictional village is put together; nothing here names a real person or place."""

from __future__ import annotations

SURNAMES = "王李张刘陈杨赵高郭马任武薛白贺冯曹侯常段"
GIVEN_FIRST = "建守长春福永志玉秀明保有云喜双金桂连"
GIVEN_SECOND = "国田林山生海旺平兰梅厚宝堂仁根元亮贵"

PLACE_FIRST = ("阳坡", "后沟", "石窑", "榆树", "东圪", "南洼", "鹰嘴", "杏花", "青石", "背阴", "松树", "柏树")
PLACE_SECOND = ("梁", "凹", "峁", "湾", "坪", "垴")

SPECIES = ("油松", "侧柏", "刺槐", "核桃", "红枣", "杨树", "山杏", "落叶松", "柠条")
ECONOMIC_SPECIES = frozenset({"核桃", "红枣", "山杏"})

LANDMARKS_WEST = ("沟底，以流水线为界", "石砌护坡，以坡脚为界", "村级道路，以路东侧为界")
LANDMARKS_EAST = ("山脊，以分水岭为界", "防火道，以道西侧为界", "集体林地，以埋设石桩为界")
LANDMARKS_SOUTH = ("沟心，以流水线为界", "梯田埂，以地埂上沿为界", "灌溉渠，以渠北侧为界")
LANDMARKS_NORTH = ("山顶，以分水岭为界", "集体公益林，以林缘为界", "崖畔，以崖边为界")
