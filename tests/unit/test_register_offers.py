"""What several papers of a file say of one column becomes one offer."""

from __future__ import annotations

import pytest

from plugins.register.queries.scans import CERTIFICATE_COPY, Offer, elect, grouped


def offer(page_id: int, value: str, confidence: int, *, doc_type: str = "D10", field: str = "holder_name") -> Offer:
    return Offer(page_id, 0, field, value, confidence, (0, 0, 9, 9), doc_type)


@pytest.mark.parametrize(
    ("mentions", "value", "confidence"),
    [
        ([offer(1, "张三", 93)], "张三", 93),
        ([offer(1, "张三", 90), offer(2, "張 三", 80)], "张三", 95),
        ([offer(1, "张三", 90), offer(1, "张三", 80)], "张三", 90),
        ([offer(1, "张三", 90), offer(2, "张二", 88)], "张三", 50),
        ([offer(1, "张三", 99), offer(2, "张二", 80, doc_type=CERTIFICATE_COPY)], "张二", 50),
        ([offer(1, "张三", 90), offer(2, "张三", 90), offer(3, "张三", 90), offer(4, "张二", 95)], "张三", 95),
    ],
)
def test_papers_that_agree_make_an_offer_surer_and_papers_that_differ_leave_it_to_a_person(
    mentions: list[Offer], value: str, confidence: int
) -> None:
    elected = elect(mentions)
    assert (elected.value, elected.confidence) == (value, confidence)


def test_parcels_are_offered_from_the_certificates_own_pages_alone() -> None:
    map_page = [
        offer(1, "5.2", 99, field="area_mu", doc_type="D06"),
        offer(1, "001", 99, field="parcel_no", doc_type="D06"),
    ]
    own = [offer(2, "5.3", 90, field="area_mu", doc_type=CERTIFICATE_COPY)]
    own.append(offer(2, "001", 90, field="parcel_no", doc_type=CERTIFICATE_COPY))
    assert [parcel["area_mu"].value for parcel in grouped([*map_page, *own]).parcels] == ["5.3"]
