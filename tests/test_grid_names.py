"""Names of grids and communities as people say them."""

import address_town
import pytest

from gridgeo.locate.grid_names import GridName, GridNames

NAMES = GridNames(
    [
        GridName(
            row.code, row.community_code, row.community_name, row.short_name, row.full_name, ("源汇区", "老街街道")
        )
        for row in address_town.grids().itertuples()
    ],
    ("河南省", "漯河市"),
)


@pytest.mark.parametrize(
    "text",
    [
        "友爱街社区第三网格", "友爱街社区第3网格", "友爱街社区3号网格", "友爱街社区网格3", "友爱街第03网格",
        "友爱街社区 第三 网格",
        "漯河市源汇区老街街道友爱街社区第三网格", "河南省漯河市友爱街居委会第三网格", "源汇区友爱街社区第３网格",
    ],
)  # fmt: skip
def test_a_grid_is_named_in_many_ways(text: str):
    found = NAMES.find(text)
    assert found is not None
    assert (found.kind, found.codes) == ("grid", ("411102001001003",))


def test_a_community_is_all_its_grids():
    found = NAMES.find("友爱街居委会")
    assert found is not None
    assert (found.kind, len(found.codes)) == ("community", 3)


def test_a_grid_that_its_community_does_not_have_is_told_as_absent():
    found = NAMES.find("友爱街社区第九网格")
    assert found is not None
    assert (found.kind, len(found.codes)) == ("absent", 3)


@pytest.mark.parametrize(
    "text", ["", "人民东路12号", "友爱街", "老街街道", "召陵区友爱街社区", "友爱街社区3号楼", "网格"]
)
def test_other_texts_name_nothing(text: str):
    assert NAMES.find(text) is None


def test_a_short_name_alone_is_every_grid_that_is_called_so():
    found = NAMES.find("第一网格")
    assert found is not None
    assert len(found.codes) == 3
