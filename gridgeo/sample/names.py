"""The words of the sample city: communities with real codes of 漯河, roads, trades.

In: nothing. Out: constants. Used by the other modules of `gridgeo.sample`. Streets and communities carry the codes of
the national list (GB/T 2260, GB/T 10114, 001-199 居委会, 200-399 村委会); everything drawn around them is invented.
"""

from __future__ import annotations

__all__ = ["COMMUNITIES", "COUNTIES", "ENTERPRISE_TRADES", "ENTERPRISE_WORDS", "ROADS_EAST", "ROADS_NORTH", "SITES"]

COUNTIES = {"411102": "源汇区", "411103": "郾城区", "411104": "召陵区"}
"""411102 lies south-west of the sample's river, 411103 north, 411104 south-east."""

COMMUNITIES = {
    ("411102001", "老街街道"): {"001": "滨西社区", "002": "新华社区", "003": "老街社区", "004": "受降路社区"},
    ("411102002", "马路街街道"): {
        "001": "马路街社区", "002": "八一路社区", "003": "交通路社区", "004": "友爱街社区", "005": "建设路社区",
    },
    ("411102003", "顺河街街道"): {
        "001": "五一路社区", "002": "泰山中路社区", "003": "东大街社区", "004": "建设西路社区", "005": "戏楼后街社区",
    },
    ("411103001", "沙北街道"): {
        "001": "嵩山路社区", "002": "泰山路社区", "003": "海河社区", "004": "昆仑路社区",
        "005": "河滨社区", "006": "金山路社区",
    },
    ("411103002", "龙塔街道"): {
        "001": "巴山路社区", "002": "南街社区", "003": "陵园路社区", "004": "金牛社区", "005": "太行山路社区",
    },
    ("411103003", "淞江街道"): {"001": "岷山路社区", "203": "马坡村", "208": "香陈湾村"},
    ("411104001", "天桥街街道"): {
        "001": "滨河路社区", "002": "铁工房社区", "004": "万祥街社区", "006": "铁新村社区",
        "007": "漓江路社区", "201": "万庄村",
    },
    ("411104002", "翟庄街道"): {"001": "纺织路社区", "002": "东方社区", "203": "翟庄村"},
    ("411104003", "东城街道"): {"001": "汾河路社区", "201": "谢庄村", "205": "贾店村"},
}  # fmt: skip
"""(street code, street name) → last three digits → community name."""

ROADS_EAST = (
    "黄河路",
    "辽河路",
    "海河路",
    "淞江路",
    "滨河路",
    "沙澧路",
    "人民路",
    "公安街",
    "民主路",
    "湘江路",
    "柳江路",
)
"""Roads that run east and west."""

ROADS_NORTH = (
    "太行山路",
    "金山路",
    "嵩山路",
    "泰山路",
    "交通路",
    "五一路",
    "八一路",
    "解放路",
    "井冈山路",
    "燕山路",
    "东方红路",
)
"""Roads that run north and south."""

SITES = (
    ("滨河公园", "园林局"), ("人民公园", "园林局"), ("第五高级中学", "教育局"), ("城东粮油批发市场", "市场监管局"),
    ("市中心医院", "卫健委"), ("食品工业园物流中心", "商务局"), ("体育中心", "文广旅局"), ("火车东站货场", "交通局"),
)  # fmt: skip
"""Exclusive grids (专属网格): name and the department in charge."""

ENTERPRISE_WORDS = (
    "恒",
    "瑞",
    "丰",
    "源",
    "澧",
    "盛",
    "昌",
    "泰",
    "嘉",
    "禾",
    "润",
    "达",
    "安",
    "信",
    "宏",
    "德",
    "沃",
    "康",
)
"""Two of these make an enterprise's name."""

ENTERPRISE_TRADES = (
    "食品有限公司", "商贸有限公司", "物流有限公司", "建筑工程有限公司", "餐饮店", "超市",
    "药房", "机械加工厂", "包装有限公司", "电子科技有限公司",
)  # fmt: skip
