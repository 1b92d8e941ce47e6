import numpy as np

from nlp.slots.tags import COUNT, NEVER, ROLES, Span, barred, forbidden_steps, spans_of, tags_of

NEW_EMAIL = 1 + 2 * ROLES.index("new_email")
SPANS = (Span("old", 1, 2), Span("new_email", 4, 4))
NO, YES = np.array([False]), np.array([True])


def test_tags_and_spans_are_the_same_thing() -> None:
    assert tags_of(SPANS, 6) == [0, 1, 2, 0, NEW_EMAIL, 0]
    assert spans_of([0, 1, 2, 0, NEW_EMAIL, 0]) == SPANS


def test_the_first_of_two_overlapping_spans_counts() -> None:
    assert tags_of((Span("old", 0, 1), Span("new_email", 1, 2)), 3) == [1, 2, 0]


def test_a_role_goes_on_only_after_it_began() -> None:
    steps = forbidden_steps()
    assert steps[1, 2] == steps[2, 2] == 0
    assert steps[0, 2] == steps[NEW_EMAIL, 2] == NEVER


def test_old_and_new_values_are_barred_where_no_correction_is_asked() -> None:
    customer = 1 + 2 * ROLES.index("customer_number")
    (closed,) = barred(correcting=False, dividing=NO, on_new_line=NO)
    assert all(closed[1:customer] == NEVER)
    assert not closed[customer:COUNT].any()
    assert not barred(correcting=True, dividing=NO, on_new_line=NO).any()


def test_no_value_has_a_colon_within() -> None:
    (colon,) = barred(correcting=True, dividing=YES, on_new_line=NO)
    assert colon[0] == 0
    assert all(colon[1:] == NEVER)


def test_only_addresses_and_old_values_go_on_in_another_line() -> None:
    (start,) = barred(correcting=True, dividing=NO, on_new_line=YES)
    open_roles = {ROLES[(tag - 1) // 2] for tag in range(2, COUNT, 2) if start[tag] == 0}
    assert open_roles == {"old", "new_address", "postal_address"}
    assert not start[1::2].any()


def test_a_new_value_tells_its_field() -> None:
    assert [span.field for span in (*SPANS, Span("email", 0, 0))] == ["", "email", ""]
