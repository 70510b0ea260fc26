"""What remains of personal data for those who may not read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridgeo.render.mask import mask_address, mask_name, mask_person_id, mask_phone


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (mask_name, "张小明", "张**"),
        (mask_name, "张", "*"),
        (mask_name, "", ""),
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "0395-3161234", "********1234"),
        (mask_phone, "110", "***"),
        (mask_person_id, "11010519491231002X", "**************002X"),
        (mask_address, "黄河路1号院2号楼3单元401室", "黄河路1号院2号楼…"),
        (mask_address, "黄河路1号院401室", "黄河路1号院…"),
        (mask_address, "幸福小区5幢2单元", "幸福小区5幢…"),
        (mask_address, "黄河路1号", "黄河路1号"),
        (mask_address, "张庄村东头", "…"),
        (mask_address, "", ""),
    ],
)
def test_what_is_shown(mask, text, shown):
    assert mask(text) == shown


@given(st.text(min_size=1))
def test_no_mask_shows_the_whole_of_a_name_or_number(text):
    assume_stars = set(text) <= {"*"}
    for mask in (mask_name, mask_phone, mask_person_id):
        assert assume_stars or mask(text) != text
        assert len(mask(text)) == len(text)
